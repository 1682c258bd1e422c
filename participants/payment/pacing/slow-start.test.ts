/** The slow start of calls after an outage, on a clock of the test's. */
import { expect } from 'chai';
import { slowStart } from './slow-start.ts';

const STEP_MS = 5;

/** A gateway that was away, and calls that want to start: `load` says how many come at an instant. */
function outage(usualPerSecond: number) {
  let nowMs = 0;
  const ends: number[] = [];
  const start = slowStart((ms) => void ends.push(ms));
  for (; nowMs < 120_000; nowMs += STEP_MS)
    if (usualPerSecond > 0 && nowMs % (1_000 / usualPerSecond) < STEP_MS) start.answered(nowMs);
  start.rejected();
  nowMs += 60_000;
  start.answered(nowMs);
  const backAt = nowMs;
  let waiting = 0;
  let isLate = (_: number) => false;
  const startedAt: number[] = [];
  return {
    start,
    ends,
    waiting: () => waiting,
    /** Which calls fail, by their number. */
    failing(fails: (nth: number) => boolean) {
      isLate = fails;
    },
    run(seconds: number, load: (sinceMs: number) => number) {
      for (const until = nowMs + seconds * 1_000; nowMs < until; nowMs += STEP_MS) {
        waiting += load(nowMs - backAt);
        while (waiting > 0 && start.waitMs(nowMs) === 0) {
          start.started(nowMs);
          waiting -= 1;
          startedAt.push(nowMs - backAt);
          if (isLate(startedAt.length)) start.failed(nowMs);
          else start.answered(nowMs);
        }
      }
    },
    /** How many started in each second since the return. */
    bySecond: () =>
      Array.from(
        { length: Math.ceil((nowMs - backAt) / 1_000) },
        (_, second) => startedAt.filter((at) => Math.floor(at / 1_000) === second).length,
      ),
  };
}

/** A backlog that waits from the return on, and so many calls a second that come as before. */
const backlog = (count: number, perSecond: number) => (sinceMs: number) =>
  (sinceMs === 0 ? count : 0) + (perSecond > 0 && sinceMs % (1_000 / perSecond) < STEP_MS ? 1 : 0);

describe('the slow start of calls to a gateway', () => {
  it('begins with a few calls a second and doubles, where nothing is known of before', () => {
    const back = outage(0);
    back.run(6, backlog(10_000, 0));
    const seconds = back.bySecond();
    [5, 10, 20, 40, 80, 160].forEach((calls, second) => {
      expect(seconds[second], `second ${second}`).to.be.within(calls, calls * 1.3 + 2);
    });
  });

  it('works a short outage’s backlog off without a peak, and a long one’s within minutes', () => {
    const short = outage(40);
    short.run(120, backlog(800, 40));
    const peaks = short.bySecond().map((_, i, all) => all.slice(i, i + 5).reduce((sum, n) => sum + n, 0) / 5);
    expect(Math.max(...peaks) / 40).to.be.below(2.2);
    expect(short.waiting()).to.equal(0);
    const long = outage(40);
    long.run(360, backlog(40 * 1_200, 40));
    expect(long.waiting()).to.equal(0);
  });

  it('ends once no call has waited for a second, but not before all that was postponed is due again', () => {
    const back = outage(40);
    back.run(9, backlog(0, 1));
    expect([back.ends, back.start.perSecond(0)]).to.deep.equal([[], 5]);
    back.run(5, backlog(0, 1));
    expect(back.ends).to.deep.equal([10_000]);
    expect(back.start.perSecond(1e9)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('ends under the usual load, also where calls come in batches', () => {
    const back = outage(40);
    back.run(60, (sinceMs) => (sinceMs % 200 === 0 ? 8 : 0));
    expect(back.ends).to.have.length(1);
  });

  it('slows down while most calls fail, and grows while few do', () => {
    const back = outage(0);
    back.run(4, backlog(10_000, 0));
    back.failing(() => true);
    back.run(4, () => 0);
    const failed = back.bySecond().slice(5);
    expect(failed[2]).to.be.below((failed[0] ?? 0) / 2);
    back.failing((nth) => nth % 4 === 0);
    back.run(5, () => 0);
    expect(back.bySecond().at(-1)).to.be.above(5 * (failed[2] ?? 0));
  });

  it('holds nothing back while the circuit is open, and begins anew after another outage', () => {
    const back = outage(40);
    back.run(8, backlog(1_000, 40));
    back.start.rejected();
    expect(back.start.waitMs(1e9)).to.equal(0);
    expect(back.start.perSecond(1e9)).to.equal(Number.POSITIVE_INFINITY);
    back.start.answered(1e9);
    expect(back.start.perSecond(1e9)).to.equal(5);
  });
});
