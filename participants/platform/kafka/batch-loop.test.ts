import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { silent } from '../process/log.ts';
import { batchLoop, HELD_MAX, type ReadTo } from './batch-loop.ts';

const record = (offset: number): InRecord => ({
  topic: 'topic',
  partition: 0,
  offset,
  key: null,
  value: null,
  timestamp: 0,
});

/** Lets pending callbacks run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A loop of concurrency 2; the test delivers records and publishes batches. */
function byHand() {
  const committed: ReadTo[] = [];
  const failures: string[] = [];
  const published: Array<() => void> = [];
  let waiting: (records: InRecord[]) => void = () => {};
  const loop = batchLoop({
    consume: () => new Promise((resolve) => (waiting = resolve)),
    commit: (offsets) => void committed.push(...offsets),
    pause: () => {},
    resume: () => {},
    handle: async (records) => {
      if (records[0]?.offset === 666) throw new Error('a defect');
      return { published: new Promise((resolve) => published.push(resolve)) };
    },
    batchMax: 10,
    concurrency: 2,
    fail: (what) => void failures.push(what),
    log: silent,
  });
  loop.start();
  loop.assigned();
  return {
    loop,
    failures,
    offsets: () => committed.map(({ offset }) => offset),
    async bring(offset: number) {
      waiting([record(offset)]);
      await turn();
    },
    async publish(nth: number) {
      published[nth]?.();
      await turn();
    },
    async end() {
      const closing = loop.close();
      waiting([]);
      await closing;
    },
  };
}

describe('the batch loop', () => {
  it('commits nothing before the batch is published', async () => {
    const run = byHand();
    await run.bring(0);
    expect(run.offsets()).to.deep.equal([]);
    await run.publish(0);
    expect(run.offsets()).to.deep.equal([1]);
    await run.end();
  });

  it('commits never past a batch in flight', async () => {
    const run = byHand();
    await run.bring(0);
    await run.bring(1);
    await run.publish(1);
    expect(run.offsets()).to.deep.equal([]);
    await run.publish(0);
    await run.end();
    expect(run.offsets()).to.deep.equal([2]);
  });

  it('commits nothing of a batch that outlived its assignment', async () => {
    const run = byHand();
    await run.bring(0);
    await run.loop.giveUp(true);
    run.loop.assigned();
    await run.publish(0);
    await run.end();
    expect(run.offsets()).to.deep.equal([]);
  });

  it('finishes the batches in flight before it gives partitions up', async () => {
    const run = byHand();
    await run.bring(0);
    const gone = run.loop.giveUp(false);
    await run.publish(0);
    await run.bring(1);
    await run.publish(1);
    await gone;
    expect(run.offsets()).to.include(1);
    await run.end();
  });

  it('ends the process when a handler rejects', async () => {
    const run = byHand();
    await run.bring(666);
    expect(run.failures).to.deep.equal(['handling a batch failed']);
  });

  it('takes no more than there is room for, counted once the batch before is handled', async () => {
    const requested: number[] = [];
    let room = 7;
    let handled = () => {};
    let arrived = (_: InRecord[]) => {};
    const loop = batchLoop({
      consume: (max) => {
        requested.push(max);
        return new Promise((resolve) => (arrived = resolve));
      },
      pause: () => {},
      resume: () => {},
      commit: () => {},
      handle: async () => {
        await new Promise<void>((resolve) => (handled = resolve));
        return { published: Promise.resolve() };
      },
      batchMax: 10,
      concurrency: 1,
      room: () => room,
      fail: () => {},
      log: silent,
    });
    loop.start();
    loop.assigned();
    await turn();
    arrived([record(0)]);
    await turn();
    room = 2;
    handled();
    await turn();
    expect(requested).to.deep.equal([7, 2]);
    const closing = loop.close();
    arrived([]);
    await closing;
  });
});

describe('the linger of the batch loop', () => {
  /** The ms that twenty polls take. */
  async function twentyPolls(shortage: number): Promise<number> {
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    let polls = 0;
    const loop = batchLoop({
      consume: async () => {
        await turn();
        polls += 1;
        if (polls === 20) resolve();
        return polls > 20 ? [] : Array.from({ length: 9 }, (_, i) => record(9 * polls + i));
      },
      commit: () => {},
      pause: () => {},
      resume: () => {},
      handle: async () => ({ published: Promise.resolve() }),
      batchMax: 10,
      concurrency: 1,
      cpuShortage: () => shortage,
      fail: (what, error) => {
        throw new Error(what, { cause: error });
      },
      log: silent,
    });
    const startedAt = performance.now();
    loop.start();
    loop.assigned();
    await enough;
    const tookMs = performance.now() - startedAt;
    await loop.close();
    return tookMs;
  }

  it('is the one of the rate while the CPU is short, and none while it is idle', async () => {
    // The quickest of some: a busy machine makes each slower.
    const quickest = async (shortage: number) => {
      const all: number[] = [];
      for (let i = 0; i < 5; i++) all.push(await twentyPolls(shortage));
      return Math.min(...all);
    };
    const lingering = await quickest(1);
    expect(lingering).to.be.at.least(200);
    expect(await quickest(0)).to.be.below(lingering / 2);
  });
});

describe('a batch whose messages are not acknowledged', () => {
  const recordsOf = (partition: number, from: number, count: number): InRecord[] =>
    Array.from({ length: count }, (_, i) => ({ ...record(from + i), partition }));

  /** A loop whose batches hold some partitions until the test publishes them. */
  function holding() {
    const committed: string[] = [];
    const paused: number[] = [];
    const resumed: number[] = [];
    let unpublished: readonly number[] = [];
    let left = 0;
    let release: () => void = () => {};
    let waiting: ((records: InRecord[]) => void) | null = null;
    /** Brings records once the loop reads again: it may linger before. */
    const deliver = async (records: InRecord[]) => {
      (
        await waitUntil(
          () => waiting,
          (there) => there !== null,
        )
      )?.(records);
      waiting = null;
    };
    const loop = batchLoop({
      consume: () => new Promise((resolve) => (waiting = resolve)),
      commit: (offsets) =>
        void committed.push(...offsets.map(({ partition, offset }) => `${partition}:${offset}`)),
      pause: ({ partition }) => void paused.push(partition),
      resume: ({ partition }) => void resumed.push(partition),
      handle: async (records) => {
        const holds = unpublished.filter((partition) => records.some((one) => one.partition === partition));
        if (holds.length === 0) return { published: Promise.resolve() };
        const { promise, resolve } = Promise.withResolvers<void>();
        const before = release;
        let isReleased = false;
        release = () => {
          before();
          isReleased = true;
          resolve();
        };
        return {
          published: promise,
          unpublished: () => new Set(isReleased ? [] : holds.map((partition) => `topic/${partition}`)),
          leave: () => {
            left += 1;
          },
        };
      },
      batchMax: 5_000,
      concurrency: 1,
      fail: (what, error) => {
        throw new Error(what, { cause: error });
      },
      log: silent,
    });
    loop.start();
    loop.assigned();
    return {
      committed,
      paused,
      resumed,
      left: () => left,
      hold: (...partitions: number[]) => {
        unpublished = partitions;
      },
      publish: () => release(),
      async bring(...records: InRecord[]) {
        await deliver(records);
      },
      async end() {
        const closing = loop.close();
        await deliver([]);
        await closing;
      },
    };
  }

  it('holds the offsets of their own partition alone: all others are read and committed on', async () => {
    const run = holding();
    run.hold(0);
    await run.bring(...recordsOf(0, 0, 1), ...recordsOf(1, 0, 1));
    for (let n = 1; n < 12; n++) await run.bring(...recordsOf(1, n, 1), ...recordsOf(0, n, 1));
    await waitUntil(
      () => run.committed,
      (all) => all.includes('1:12'),
    );
    expect(run.committed.filter((one) => one.startsWith('0:'))).to.deep.equal([]);
    expect(run.paused).to.deep.equal([]);
    run.publish();
    await waitUntil(
      () => run.committed,
      (all) => all.includes('0:12'),
    );
    await run.end();
  });

  it('pauses their partition when too much waits behind them, and resumes it once they are acknowledged', async () => {
    const run = holding();
    run.hold(0);
    await run.bring(...recordsOf(0, 0, 10), ...recordsOf(1, 0, 10));
    run.hold();
    await run.bring(...recordsOf(0, 10, HELD_MAX), ...recordsOf(1, 10, HELD_MAX));
    await waitUntil(
      () => run.paused,
      (all) => all.length > 0,
    );
    expect(run.paused).to.deep.equal([0]);
    expect(run.left(), 'first it asks to leave what can be left').to.be.greaterThan(0);
    expect(run.resumed).to.deep.equal([]);
    run.publish();
    await waitUntil(
      () => run.resumed,
      (all) => all.length > 0,
    );
    await waitUntil(
      () => run.committed,
      (all) => all.includes(`0:${HELD_MAX + 10}`),
    );
    await run.end();
  });
});
