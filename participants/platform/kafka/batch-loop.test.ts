import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { silent } from '../process/log.ts';
import { batchLoop, type ReadTo } from './batch-loop.ts';

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
    expect(run.offsets()).to.deep.equal([1, 2]);
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
