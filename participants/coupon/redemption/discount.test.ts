import { expect } from 'chai';
import type { Discount } from '../events.ts';
import { discountOf } from './discount.ts';

describe('a discount', () => {
  const euros = (value: number): Discount => ({ kind: 'amount', value, currency: 'EUR' });
  const percent = (value: number): Discount => ({ kind: 'percent', value });
  const off = (discount: Discount, amount: number, currency = 'EUR') =>
    discountOf(discount, { amount, currency });

  it('of an amount never exceeds the price', () => {
    expect([off(euros(500), 1290), off(euros(1290), 1290), off(euros(5000), 1290)]).to.deep.equal([
      500, 1290, 1290,
    ]);
  });

  it('of an amount does not apply to another currency', () => {
    expect(off(euros(500), 1290, 'USD')).to.equal(null);
    expect(off(euros(500), 0, 'USD')).to.equal(null);
  });

  it('of percents is rounded down, in any currency', () => {
    expect([off(percent(10), 1299), off(percent(10), 9), off(percent(33), 100, 'KRW')]).to.deep.equal([
      129, 0, 33,
    ]);
    expect([off(percent(100), 1290), off(percent(1), 0)]).to.deep.equal([1290, 0]);
  });

  it('leaves an amount that can be charged in a currency that is charged in tens or hundreds', () => {
    expect([off(percent(33), 5_120, 'KWD'), off(percent(100), 5_125, 'KWD')]).to.deep.equal([1_680, 5_125]);
    expect(off({ kind: 'amount', value: 125, currency: 'KWD' }, 5_120, 'KWD')).to.equal(120);
    expect(off(percent(33), 100_000, 'MGA')).to.equal(33_000);
  });

  it('is exact up to the largest amount of an order', () => {
    expect(off(percent(99), 1_000_000_000_000)).to.equal(990_000_000_000);
    expect(off(percent(99), 999_999_999_999)).to.equal(989_999_999_999);
  });

  it('is an integer between 0 and the price', () => {
    for (let value = 1; value <= 100; value++) {
      for (const amount of [0, 1, 7, 99, 101, 12_345]) {
        const taken = off(percent(value), amount) ?? Number.NaN;
        expect(Number.isInteger(taken) && taken >= 0 && taken <= amount, `${value} % of ${amount}`).to.equal(
          true,
        );
        expect(taken * 100, `${value} % of ${amount}`).to.be.at.most(amount * value);
        expect((taken + 1) * 100, `${value} % of ${amount}`).to.be.above(amount * value);
      }
    }
  });
});
