/** A bucket admits a burst, then its rate; the least recently used bucket is dropped. */
import { expect } from 'chai';
import { buckets } from './buckets.ts';

describe('a token bucket', () => {
  it('admits a burst, then returns the wait', () => {
    const bucket = buckets({ perSecond: 2, burst: 3 }, 10);
    const answers = Array.from({ length: 5 }, () => bucket.take('ada', 0));
    expect(answers).to.deep.equal([0, 0, 0, 500, 500]);
  });

  it('admits its rate after the burst', () => {
    const bucket = buckets({ perSecond: 5, burst: 1 }, 10);
    let passed = 0;
    for (let ms = 0; ms < 10_000; ms += 10) if (bucket.take('ada', ms) === 0) passed += 1;
    expect(passed).to.equal(50);
  });

  it('refills up to a burst, however long it was idle', () => {
    const bucket = buckets({ perSecond: 100, burst: 2 }, 10);
    bucket.take('ada', 0);
    const later = Array.from({ length: 3 }, () => bucket.take('ada', 1_000_000));
    expect(later.map((ms) => ms === 0)).to.deep.equal([true, true, false]);
  });

  it('is separate for each key', () => {
    const bucket = buckets({ perSecond: 1, burst: 1 }, 10);
    expect([bucket.take('ada', 0), bucket.take('bob', 0)]).to.deep.equal([0, 0]);
    expect(bucket.take('ada', 0)).to.equal(1000);
  });

  it('removes no token when the clock goes back', () => {
    const bucket = buckets({ perSecond: 1, burst: 1 }, 10);
    bucket.take('ada', 10_000);
    expect(bucket.take('ada', 5_000)).to.equal(1000);
  });

  it('drops the least recently used key when there are too many', () => {
    const bucket = buckets({ perSecond: 1, burst: 1 }, 2);
    for (const key of ['ada', 'bob', 'carl']) bucket.take(key, 0);
    expect(bucket.take('carl', 0)).to.be.greaterThan(0);
    expect(bucket.take('ada', 0)).to.equal(0);
  });
});
