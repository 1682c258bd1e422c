/** The lanes: one group of a partition with the client at a time, in the order they came, and no partition waits for another. */
import { expect } from 'chai';
import { partitionOf } from '../ids.ts';
import { type InLane, type Lane, type Lanes, openLanes } from './lanes.ts';

interface Item extends InLane<Item> {
  readonly lane: Lane<Item>;
  readonly name: string;
}

const [HERE, BESIDE, ELSEWHERE] = keys();

describe('lanes', () => {
  let lanes: Lanes<Item>;
  let sent: Item[];
  const names = () => sent.map(({ name }) => name).join(' ');
  const item = (name: string, key = HERE, topic = 'payment-requested'): Item => ({
    lane: lanes.of(topic, key),
    name,
  });

  beforeEach(() => {
    sent = [];
    lanes = openLanes<Item>((one) => sent.push(one));
  });

  it('let a call leave whole where nothing is under way', () => {
    lanes.enter([item('a'), item('b'), item('c', ELSEWHERE)]);
    expect(names()).to.equal('a b c');
  });

  it('hold what comes meanwhile until all of the group is acknowledged, then let it leave together and in order', () => {
    lanes.enter([item('a'), item('b')]);
    lanes.enter([item('c', BESIDE)]);
    lanes.enter([item('d')]);
    lanes.left(sent[0] as Item);
    expect(names(), 'b is under way').to.equal('a b');
    lanes.left(sent[1] as Item);
    expect(names()).to.equal('a b c d');
  });

  it('let as many groups go as they may, and the next when all of one is acknowledged', () => {
    const two = openLanes<Item>((one) => sent.push(one), 2);
    const lane = two.of('payment-requested', HERE);
    for (const name of ['a', 'b', 'c', 'd']) two.enter([{ lane, name }]);
    expect(names()).to.equal('a b');
    two.left(sent[1] as Item);
    expect(names(), 'c and d wait together').to.equal('a b c d');
  });

  it('make no partition and no topic wait for another', () => {
    lanes.enter([item('a')]);
    lanes.enter([item('b', ELSEWHERE), item('c', HERE, 'shipping-requested')]);
    expect(names()).to.equal('a b c');
  });

  it('go on when one is given back, which may enter again', () => {
    lanes.enter([item('a')]);
    lanes.enter([item('b')]);
    lanes.left(sent[0] as Item);
    lanes.enter([sent[0] as Item]);
    expect(names()).to.equal('a b');
    lanes.left(sent[1] as Item);
    expect(names()).to.equal('a b a');
  });

  it('go on where a message is given back while its group leaves', () => {
    let refused = true;
    const all: string[] = [];
    const full: Lanes<Item> = openLanes<Item>((one) => {
      all.push(one.name);
      if (refused) full.left(one);
    });
    const lane = full.of('payment-requested', HERE);
    full.enter([
      { lane, name: 'a' },
      { lane, name: 'b' },
    ]);
    refused = false;
    full.enter([{ lane, name: 'a' }]);
    expect(all).to.deep.equal(['a', 'b', 'a']);
  });
});

/** Two keys of one partition, and one of another. */
function keys(): [string, string, string] {
  const made = Array.from({ length: 100 }, (_, i) => `key-${i}`);
  const here = made.filter((key) => partitionOf(key) === 3);
  return [here[0] ?? '', here[1] ?? '', made.find((key) => partitionOf(key) === 4) ?? ''];
}
