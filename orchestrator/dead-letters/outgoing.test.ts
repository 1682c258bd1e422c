import { expect } from 'chai';
import { planHash } from '#protocol/plan-hash.ts';
import { partitionFor, whyImpossible, whyNot } from './outgoing.ts';

const OPEN = { resentAt: null, editedAt: null, discardedAt: null, parkedTimes: 1 };

describe('the guard of a dead letter', () => {
  it('lets an open letter go, and one that was corrected after it was sent', () => {
    expect(whyNot(OPEN)).to.equal(null);
    expect(whyNot({ ...OPEN, resentAt: new Date(1), editedAt: new Date(2) })).to.equal(null);
  });

  it('keeps back what was sent, discarded, or parked too often', () => {
    expect(whyNot({ ...OPEN, resentAt: new Date(2) })).to.match(/^It was sent again/);
    expect(whyNot({ ...OPEN, resentAt: new Date(2), editedAt: new Date(1) })).to.match(/^It was sent again/);
    expect(whyNot({ ...OPEN, discardedAt: new Date(2) })).to.match(/^It was discarded/);
    expect(whyNot({ ...OPEN, parkedTimes: 2 })).to.equal(null);
    expect(whyNot({ ...OPEN, parkedTimes: 3 })).to.equal('The same message was parked 3 times');
  });

  it('names a topic that is none, and one that this process may not write', async () => {
    expect(await whyImpossible('nowhere', async () => true)).to.equal('There is no topic nowhere');
    expect(await whyImpossible('saga-replies', async () => false)).to.match(/do not let this API write/);
    expect(await whyImpossible('order-created', async () => true)).to.equal(null);
    expect(partitionFor({ topic: 'nowhere', key: 'k', value: '' })).to.equal(null);
  });
});

describe('the hash of a plan', () => {
  it('does not depend on the order of fields, and on nothing that is undefined', () => {
    expect(planHash({ a: 1, b: { c: [1, 2], d: undefined } })).to.equal(planHash({ b: { c: [1, 2] }, a: 1 }));
  });

  it('differs with every value', () => {
    const hashes = [
      { a: 1 },
      { a: '1' },
      { a: [1] },
      { a: null },
      { b: 1 },
      { a: [2, 1] },
      { a: [1, 2] },
    ].map(planHash);
    expect(new Set(hashes).size).to.equal(hashes.length);
  });
});
