/** The violations known now: found, kept over checks that find them again, and forgotten. */
import { expect } from 'chai';
import { openKnownViolations } from './known-violations.ts';

const found = (orderId: string, what = 'wrong', invariant = 'money') => ({
  invariant,
  id: orderId,
  orderId,
  what,
});
const ids = ({ orderId }: { readonly orderId: string | null }) => orderId;

describe('the known violations', () => {
  it('report each violation as new once', () => {
    const known = openKnownViolations();
    expect(known.sliceChecked({ low: 'a', high: 'm', found: [found('b')] }, 1).map(ids)).to.deep.equal(['b']);
    expect(
      known.sliceChecked({ low: 'a', high: 'z', found: [found('b'), found('c')] }, 2).map(ids),
    ).to.deep.equal(['c']);
    expect(known.first(10).map(({ orderId, foundAt }) => [orderId, foundAt])).to.deep.equal([
      ['b', 1],
      ['c', 2],
    ]);
    expect(known.count('money')).to.equal(2);
  });

  it('are forgotten by a later check of their order, and by no check of others', () => {
    const known = openKnownViolations();
    known.sliceChecked(
      { low: 'a', high: 'z', found: [found('b'), found('n'), found('y', 'late', 'mail')] },
      1,
    );
    known.sliceChecked({ low: 'm', high: 'z', found: [found('y', 'late', 'mail')] }, 2);
    expect(known.first(10).map(ids)).to.deep.equal(['b', 'y']);
    known.sliceChecked({ low: 'a', high: 'm', found: [] }, 3);
    expect([known.count('money'), known.count('mail')]).to.deep.equal([0, 1]);
  });

  it('are forgotten with their slice where they name an order of another one', () => {
    const known = openKnownViolations();
    known.sliceChecked({ low: 'm', high: 'z', found: [found('b')] }, 1);
    known.sliceChecked({ low: 'a', high: 'm', found: [] }, 2);
    expect(known.first(10).map(ids)).to.deep.equal(['b']);
    known.sliceChecked({ low: 'm', high: 'z', found: [] }, 3);
    expect(known.count('money')).to.equal(0);
  });

  it('of a whole table are its examples, and all of them are counted', () => {
    const known = openKnownViolations();
    const finding = { counted: {}, violations: 12, examples: [{ id: 'cup', what: 'below zero' }] };
    expect(known.tableChecked('stock', finding, 1)).to.have.length(1);
    known.sliceChecked({ low: '', high: 'z', found: [] }, 2);
    expect(known.count('stock')).to.equal(12);
    known.tableChecked('stock', { counted: {}, violations: 0, examples: [] }, 3);
    expect([known.count('stock'), known.first(10).length]).to.deep.equal([0, 0]);
  });

  it('are bounded', () => {
    const known = openKnownViolations();
    const many = Array.from({ length: 10_050 }, (_, i) => found(`b${i}`));
    expect(known.sliceChecked({ low: 'a', high: 'z', found: many }, 1)).to.have.length(10_000);
    expect(known.count('money')).to.equal(10_000);
  });
});
