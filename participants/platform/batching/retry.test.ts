import { expect } from 'chai';
import { silent } from '../process/log.ts';
import { backoffMs, retryForever } from './retry.ts';

describe('backoffMs', () => {
  it('doubles the delay up to the cap', () => {
    const delays = [0, 1, 2, 3, 7, 500].map((n) => backoffMs(n, { firstMs: 500, maxMs: 60_000 }));
    expect(delays).to.deep.equal([500, 1000, 2000, 4000, 60_000, 60_000]);
  });

  it('spreads a delay by its jitter either way', () => {
    const backoff = { firstMs: 1000, maxMs: 60_000, jitter: 0.1 };
    expect(backoffMs(0, backoff, () => 0)).to.equal(900);
    expect(backoffMs(0, backoff, () => 1)).to.equal(1100);
  });
});

describe('retryForever', () => {
  const failing = (error: Error, times: number) => {
    let calls = 0;
    return async () => {
      if (++calls <= times) throw error;
      return calls;
    };
  };

  it('retries a transient failure until the work succeeds', async () => {
    const away = new Error('away');
    expect(await retryForever(failing(away, 2), (error) => error === away, silent, 'work')).to.equal(3);
  });

  it('throws a failure that is not transient, and a defect of the code', async () => {
    const outcomes = await Promise.allSettled([
      retryForever(failing(new Error('bad value'), 1), () => false, silent, 'work'),
      retryForever(failing(new TypeError('no function'), 1), () => true, silent, 'work'),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });
});
