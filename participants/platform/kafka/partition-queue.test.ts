import { expect } from 'chai';
import {
  formBatch,
  type PartitionQueue,
  partitionQueue,
  renumber,
  type Sized,
  shrinkBatch,
  takeAcknowledged,
} from './partition-queue.ts';

const FIRST = { producerId: 1n, producerEpoch: 0 };
const SECOND = { producerId: 2n, producerEpoch: 0 };

interface Item extends Sized {
  readonly name: string;
}

describe('a partition queue', () => {
  let queue: PartitionQueue<Item>;
  const item = (name: string, bytes = 1): Item => ({ name, bytes });
  const batch = () => queue.batch.map(({ name }) => name).join(' ');

  beforeEach(() => {
    queue = partitionQueue('payment-requested', 3, 1);
    renumber(queue, FIRST);
  });

  it('forms one batch of the waiting records, in their order', () => {
    queue.waiting.push(item('a'), item('b'));
    formBatch(queue);
    expect(batch()).to.equal('a b');
    expect(queue.waiting).to.deep.equal([]);
  });

  it('leaves a batch unchanged until it is acknowledged; later records form the next', () => {
    queue.waiting.push(item('a'), item('b'));
    formBatch(queue);
    queue.waiting.push(item('c'));
    formBatch(queue);
    expect(batch()).to.equal('a b');
    expect(takeAcknowledged(queue).map(({ name }) => name)).to.deep.equal(['a', 'b']);
    formBatch(queue);
    expect(batch()).to.equal('c');
  });

  it('numbers each batch after the records acknowledged before it', () => {
    const sequences: number[] = [];
    for (const count of [2, 3, 1]) {
      queue.waiting.push(...Array.from({ length: count }, (_, i) => item(String(i))));
      formBatch(queue);
      sequences.push(queue.sequence);
      takeAcknowledged(queue);
    }
    expect(sequences).to.deep.equal([0, 2, 5]);
  });

  it('starts over after the last sequence number', () => {
    queue.sequence = 2 ** 31 - 1;
    queue.waiting.push(item('a'), item('b'));
    formBatch(queue);
    takeAcknowledged(queue);
    expect(queue.sequence).to.equal(1);
  });

  it('keeps the batch and counts from 0 under another identity', () => {
    queue.waiting.push(item('a'));
    formBatch(queue);
    takeAcknowledged(queue);
    queue.waiting.push(item('b'));
    formBatch(queue);
    renumber(queue, SECOND);
    expect(batch()).to.equal('b');
    expect(queue).to.include({ identity: SECOND, sequence: 0 });
  });

  it('ends a batch before it exceeds the size brokers accept', () => {
    queue.waiting.push(item('a', 600_000), item('b', 300_000), item('c', 1), item('d', 1));
    formBatch(queue);
    expect(batch()).to.equal('a b');
    takeAcknowledged(queue);
    formBatch(queue);
    expect(batch()).to.equal('c d');
  });

  it('sends a record beyond that size in a batch of its own', () => {
    queue.waiting.push(item('a', 2_000_000), item('b'));
    formBatch(queue);
    expect(batch()).to.equal('a');
  });

  it('splits a rejected batch, and keeps later batches smaller', () => {
    queue.waiting.push(...['a', 'b', 'c', 'd'].map((name) => item(name, 100)));
    formBatch(queue);
    queue.waiting.push(item('e', 100));
    expect(shrinkBatch(queue)).to.equal(true);
    const batches: string[] = [];
    while (queue.waiting.length > 0) {
      formBatch(queue);
      batches.push(batch());
      takeAcknowledged(queue);
    }
    expect(batches).to.deep.equal(['a b', 'c d', 'e']);
  });

  it('does not split a batch of one record', () => {
    queue.waiting.push(item('a', 2_000_000));
    formBatch(queue);
    expect(shrinkBatch(queue)).to.equal(false);
    expect(batch()).to.equal('a');
  });
});
