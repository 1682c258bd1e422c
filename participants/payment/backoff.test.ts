import { expect } from 'chai';
import { backoffMs } from './backoff.ts';

describe('the back-off of an intent', () => {
  it('doubles with each try, up to a minute', () => {
    expect([1, 2, 3, 4, 8, 9, 500].map((tries) => backoffMs(tries, 0.5))).to.deep.equal([
      500, 1000, 2000, 4000, 60_000, 60_000, 60_000,
    ]);
  });

  it('spreads each delay, so that what failed together is not tried together', () => {
    expect(backoffMs(3, 0)).to.equal(1000);
    expect(backoffMs(3, 0.999)).to.be.closeTo(3000, 5);
  });
});
