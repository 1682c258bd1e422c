/** A bucket lets a burst through, then a rate, and forgets whom it has not seen for long. */
import { expect } from 'chai';
import { buckets } from './buckets.ts';

describe('a token bucket', () => {
  it('lets a burst through and says when to come again', () => {
    const bucket = buckets({ perSecond: 2, burst: 3 }, 10);
    const answers = Array.from({ length: 5 }, () => bucket.take('ada', 0));
    expect(answers).to.deep.equal([0, 0, 0, 500, 500]);
  });

  it('then lets through what its rate allows, and no more', () => {
    const bucket = buckets({ perSecond: 5, burst: 1 }, 10);
    let passed = 0;
    for (let ms = 0; ms < 10_000; ms += 10) if (bucket.take('ada', ms) === 0) passed += 1;
    expect(passed).to.equal(50);
  });

  it('saves up a burst and no more, however long nobody came', () => {
    const bucket = buckets({ perSecond: 100, burst: 2 }, 10);
    bucket.take('ada', 0);
    const later = Array.from({ length: 3 }, () => bucket.take('ada', 1_000_000));
    expect(later.map((ms) => ms === 0)).to.deep.equal([true, true, false]);
  });

  it('is one a key', () => {
    const bucket = buckets({ perSecond: 1, burst: 1 }, 10);
    expect([bucket.take('ada', 0), bucket.take('bob', 0)]).to.deep.equal([0, 0]);
    expect(bucket.take('ada', 0)).to.equal(1000);
  });

  it('takes no token back when the clock goes back', () => {
    const bucket = buckets({ perSecond: 1, burst: 1 }, 10);
    bucket.take('ada', 10_000);
    expect(bucket.take('ada', 5_000)).to.equal(1000);
  });

  it('forgets whom it has not seen for longest when there are too many', () => {
    const bucket = buckets({ perSecond: 1, burst: 1 }, 2);
    for (const key of ['ada', 'bob', 'carl']) bucket.take(key, 0);
    expect(bucket.take('carl', 0)).to.be.greaterThan(0);
    expect(bucket.take('ada', 0)).to.equal(0);
  });
});
