/** The lanes: one batch of a partition at a time, in the order they came, under numbers a broker can tell a repetition by. */
import { expect } from 'chai';
import { acknowledged, type Lane, load, openLane, renumber, type Sized, shrink } from './partition-queue.ts';

const FIRST = { producerId: 1n, producerEpoch: 0 };
const SECOND = { producerId: 2n, producerEpoch: 0 };

interface Item extends Sized {
  readonly name: string;
}

describe('lanes', () => {
  let lane: Lane<Item>;
  const item = (name: string, bytes = 1): Item => ({ name, bytes });
  const batch = () => lane.batch.map(({ name }) => name).join(' ');

  beforeEach(() => {
    lane = openLane('payment-requested', 3, 1);
    renumber(lane, FIRST);
  });

  it('make one batch of what waits, in the order it came', () => {
    lane.waiting.push(item('a'), item('b'));
    load(lane);
    expect(batch()).to.equal('a b');
    expect(lane.waiting).to.deep.equal([]);
  });

  it('leave a batch as it is until it is acknowledged: what comes meanwhile is the next', () => {
    lane.waiting.push(item('a'), item('b'));
    load(lane);
    lane.waiting.push(item('c'));
    load(lane);
    expect(batch()).to.equal('a b');
    expect(acknowledged(lane).map(({ name }) => name)).to.deep.equal(['a', 'b']);
    load(lane);
    expect(batch()).to.equal('c');
  });

  it('number each batch by what was acknowledged before it', () => {
    const sequences: number[] = [];
    for (const count of [2, 3, 1]) {
      lane.waiting.push(...Array.from({ length: count }, (_, i) => item(String(i))));
      load(lane);
      sequences.push(lane.sequence);
      acknowledged(lane);
    }
    expect(sequences).to.deep.equal([0, 2, 5]);
  });

  it('begin anew after the last number', () => {
    lane.sequence = 2 ** 31 - 1;
    lane.waiting.push(item('a'), item('b'));
    load(lane);
    acknowledged(lane);
    expect(lane.sequence).to.equal(1);
  });

  it('keep the batch, and count from nothing, under another identity', () => {
    lane.waiting.push(item('a'));
    load(lane);
    acknowledged(lane);
    lane.waiting.push(item('b'));
    load(lane);
    renumber(lane, SECOND);
    expect(batch()).to.equal('b');
    expect(lane).to.include({ identity: SECOND, sequence: 0 });
  });

  it('cut a batch where a broker would not take more', () => {
    lane.waiting.push(item('a', 600_000), item('b', 300_000), item('c', 1), item('d', 1));
    load(lane);
    expect(batch()).to.equal('a b');
    acknowledged(lane);
    load(lane);
    expect(batch()).to.equal('c d');
  });

  it('send what is too large alone, rather than never', () => {
    lane.waiting.push(item('a', 2_000_000), item('b'));
    load(lane);
    expect(batch()).to.equal('a');
  });

  it('send a batch that was too large in smaller ones, and all that follow', () => {
    lane.waiting.push(...['a', 'b', 'c', 'd'].map((name) => item(name, 100)));
    load(lane);
    lane.waiting.push(item('e', 100));
    expect(shrink(lane)).to.equal(true);
    const batches: string[] = [];
    while (lane.waiting.length > 0) {
      load(lane);
      batches.push(batch());
      acknowledged(lane);
    }
    expect(batches).to.deep.equal(['a b', 'c d', 'e']);
  });

  it('say of one message that it cannot be made smaller', () => {
    lane.waiting.push(item('a', 2_000_000));
    load(lane);
    expect(shrink(lane)).to.equal(false);
    expect(batch()).to.equal('a');
  });
});
