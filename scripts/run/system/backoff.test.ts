import { expect } from 'chai';
import { crashesInARow, restartDelayMs } from './backoff.ts';

describe('the back-off of a process that crashes', () => {
  it('doubles from half a second to ten', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(restartDelayMs)).to.deep.equal([
      500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
  });

  it('starts again after a life of thirty seconds', () => {
    expect(crashesInARow(5, 30_000)).to.equal(1);
    expect(crashesInARow(5, 29_999)).to.equal(6);
  });
});
