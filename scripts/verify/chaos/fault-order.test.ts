import { expect } from 'chai';
import { faultOrder } from './fault-order.ts';

const faults = ['a', 'b', 'c', 'd', 'e'];

function first(count: number, seed: number, from: readonly string[] = faults): string[] {
  const order = faultOrder(from, seed);
  return Array.from({ length: count }, () => {
    const { fault, nth } = order.next().value;
    return `${fault}${nth}`;
  });
}

describe('the order of the faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(first(50, 7)).to.deep.equal(first(50, 7));
    expect(first(50, 7)).not.to.deep.equal(first(50, 8));
  });

  it('has every fault once a round', () => {
    const twoRounds = first(10, 3);
    expect(twoRounds.slice(0, 5).toSorted()).to.deep.equal(['a0', 'b0', 'c0', 'd0', 'e0']);
    expect(twoRounds.slice(5).toSorted()).to.deep.equal(['a1', 'b1', 'c1', 'd1', 'e1']);
  });

  it('never has one fault twice in a row', () => {
    for (let seed = 0; seed < 200; seed++) {
      const names = first(40, seed, ['a', 'b', 'c']).map((turn) => turn[0]);
      for (let at = 1; at < names.length; at++) expect(names[at], `seed ${seed}`).not.to.equal(names[at - 1]);
    }
  });

  it('repeats the only fault there is', () => {
    expect(first(3, 1, ['a'])).to.deep.equal(['a0', 'a1', 'a2']);
  });
});
