import { expect } from 'chai';
import { nextBackoffMs } from './backoff.ts';

describe('the back-off of a process that crashes', () => {
  it('doubles from half a second to ten', () => {
    const waits: number[] = [];
    for (let deaths = 0; deaths < 7; deaths++) waits.push(nextBackoffMs(waits.at(-1), 100));
    expect(waits).to.deep.equal([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('begins again after a life of thirty seconds', () => {
    expect(nextBackoffMs(8000, 30_000)).to.equal(500);
    expect(nextBackoffMs(8000, 29_999)).to.equal(10_000);
  });
});
