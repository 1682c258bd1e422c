/** The auditor's rounds and their budget, on a clock of the test's own. */
import { expect } from 'chai';
import { uuidv7Floor } from '#protocol/ids.ts';
import { openBudget } from './budget.ts';
import { openOwnTime } from './own-time.ts';
import { HIGHEST, LOWEST, openRounds, type Rest, type SliceTurn } from './rounds.ts';
import { openSliceSize } from './slice-size.ts';
import { openTableRounds } from './table-rounds.ts';

type Turn = SliceTurn | Rest;

const BEGAN = Date.UTC(2026, 10, 29);
/** The order made so many seconds before the test began. */
const orderOf = (secondsAgo: number) => uuidv7Floor(BEGAN - secondsAgo * 1000);

/** A shop with an order a second since `ageS`, checked in slices of `perSlice`, each order taking `msAnOrder`. */
function shopOf({ ageS, perSlice, msAnOrder = 0.1, cores = 0.02 }: Shape) {
  let now = BEGAN;
  const rounds = openRounds(cores, now);
  const turns: Array<{ at: number; turn: Turn }> = [];
  let usedMs = 0;
  const use = (ms: number) => {
    usedMs += ms;
    now += ms;
    return ms;
  };
  const step = () => {
    const turn = rounds.next(now);
    turns.push({ at: now, turn });
    if (turn.kind === 'rest') now = Math.max(now + 1, turn.untilMs);
    else slice(turn);
  };
  const slice = (turn: SliceTurn) => {
    const from = turn.high === HIGHEST ? 0 : secondsOf(turn.high);
    let to = from + perSlice;
    const end = to >= ageS ? LOWEST : orderOf(to);
    const low = [end, turn.lowest].sort().at(-1) ?? LOWEST;
    to = Math.min(to, ageS, low === LOWEST ? ageS : secondsOf(low));
    rounds.ended(turn, low, use((to - from) * msAnOrder), now);
  };
  return {
    turns,
    rounds,
    run(seconds: number) {
      const end = BEGAN + seconds * 1000;
      while (now < end) step();
      return usedMs / (seconds * 1000);
    },
  };
}

interface Shape {
  readonly ageS: number;
  readonly perSlice: number;
  readonly msAnOrder?: number;
  readonly cores?: number;
}

function secondsOf(id: string): number {
  return (BEGAN - Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)) / 1000;
}

const slicesOf = (turns: ReadonlyArray<{ at: number; turn: Turn }>, kind: SliceTurn['kind']) =>
  turns.flatMap(({ at, turn }) => (turn.kind === kind ? [{ at, high: turn.high }] : []));

describe('the auditor’s rounds', () => {
  it('begin with the newest orders and come back to them every 20 s', () => {
    const { turns, run } = shopOf({ ageS: 5_000, perSlice: 500 });
    run(300);
    const begins = slicesOf(turns, 'newest').filter(({ high }) => high === HIGHEST);
    expect(begins[0]?.at).to.equal(BEGAN);
    const gaps = begins.slice(1).map(({ at }, i) => at - (begins[i]?.at ?? 0));
    expect(gaps.length).to.be.at.least(10);
    expect(Math.max(...gaps)).to.be.below(30_000);
  });

  it('check all orders from the newest to the oldest, and begin again', () => {
    const { turns, run } = shopOf({ ageS: 5_000, perSlice: 500 });
    run(300);
    const passes = slicesOf(turns, 'all').map(({ high }) => (high === HIGHEST ? 0 : secondsOf(high)));
    expect(passes.slice(0, 11)).to.deep.equal([0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 0]);
  });

  it('check a shop’s day of orders within a minute', () => {
    const { rounds, run } = shopOf({ ageS: 5_000, perSlice: 1_000 });
    run(60);
    expect(rounds.pass.reached === LOWEST || rounds.pass.startedAt > BEGAN).to.equal(true);
  });

  it('use no more than their share, however many orders there are', () => {
    for (const msAnOrder of [0.05, 1, 20]) {
      const { run } = shopOf({ ageS: 1_000_000, perSlice: 100, msAnOrder });
      expect(run(1_800), String(msAnOrder)).to.be.below(0.021);
    }
  });

  it('use the whole share where there is more to check than it allows', () => {
    const { run } = shopOf({ ageS: 1_000_000, perSlice: 500, msAnOrder: 0.2 });
    expect(run(1_800)).to.be.above(0.014);
  });

  it('come on with the older orders while the newest take longer than their round', () => {
    const { turns, run } = shopOf({ ageS: 100_000, perSlice: 10, msAnOrder: 10 });
    run(3_600);
    const begins = slicesOf(turns, 'newest').filter(({ high }) => high === HIGHEST);
    expect(begins.length).to.be.above(30);
    const reached = slicesOf(turns, 'all').at(-1)?.high ?? HIGHEST;
    expect(secondsOf(reached)).to.be.above(1_000);
  });

  it('do not call a pass whole in which an order could not be judged', () => {
    const rounds = openRounds(1, BEGAN);
    const turn = { kind: 'all', high: HIGHEST, lowest: LOWEST } as const;
    rounds.next(BEGAN);
    rounds.next(BEGAN);
    expect(rounds.ended(turn, orderOf(10), 1, BEGAN, false)).to.equal(null);
    expect(rounds.ended(turn, LOWEST, 1, BEGAN)).to.include({ isWhole: false });
  });
});

describe('the rounds of whole tables', () => {
  /** The rules checked within so many seconds, each of which takes so long. */
  const checkedIn = (seconds: number, tookMs: number) => {
    const rounds = openTableRounds(['stock', 'coupons'], 0.005, BEGAN);
    const checked: string[] = [];
    for (let now = BEGAN; now < BEGAN + seconds * 1000; ) {
      const turn = rounds.next(now);
      if (turn.kind === 'rest') {
        now = turn.untilMs;
        continue;
      }
      checked.push(turn.invariant);
      now += tookMs;
      rounds.ended(turn, tookMs, now);
    }
    return checked;
  };

  it('check each every 20 s', () => {
    expect(checkedIn(90, 5)).to.deep.equal(Array(5).fill(['stock', 'coupons']).flat());
  });

  it('check each in its turn, and rest until a long one is paid for', () => {
    expect(checkedIn(3_600, 6_000)).to.deep.equal(['stock', 'coupons', 'stock']);
  });
});

describe('the auditor’s budget', () => {
  it('lets the work rest until its time is paid for', () => {
    const budget = openBudget(0.02, 0);
    budget.spend(100, 1_000_000);
    expect(budget.freeAt).to.equal(1_000_000 - 10_000 + 5_000);
    budget.spend(200, 1_000_000);
    expect(budget.freeAt).to.equal(1_000_000 + 5_000);
  });
});

describe('the auditor’s own time', () => {
  it('is counted once, and never as more than a half of the budget', () => {
    let used = 500;
    const own = openOwnTime(() => used, 0.02, 0);
    used += 5;
    expect(own.take(10_000)).to.equal(5);
    expect(own.take(20_000)).to.equal(0);
    used += 5_000;
    expect(own.take(30_000)).to.equal(100);
  });
});

describe('the size of a slice', () => {
  it('grows to what a tenth of a second allows, and shrinks again', () => {
    const size = openSliceSize();
    for (let i = 0; i < 20; i++) size.judged(size.orders, size.orders * 0.06);
    expect(size.orders).to.be.within(1_600, 1_700);
    for (let i = 0; i < 20; i++) size.judged(size.orders, size.orders * 2);
    expect(size.orders).to.equal(50);
  });

  it('is bounded, and down to one order where slices cannot be judged', () => {
    const size = openSliceSize();
    for (let i = 0; i < 20; i++) size.judged(size.orders, 1);
    expect(size.orders).to.equal(5_000);
    for (let i = 0; i < 20; i++) size.failed();
    expect(size.orders).to.equal(1);
  });

  it('is not judged by the small rest of a pass', () => {
    const size = openSliceSize();
    const before = size.orders;
    size.judged(3, 90);
    expect(size.orders).to.equal(before);
  });
});
