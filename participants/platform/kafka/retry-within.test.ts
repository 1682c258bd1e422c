import { expect } from 'chai';
import { retryWithin } from './retry-within.ts';

const isPermanent = (error: unknown) => error instanceof RangeError;
const outcome = (calling: Promise<unknown>) => calling.then(String, String);

describe('retryWithin', () => {
  it('numbers the attempts and resolves to the first success', async () => {
    const attempts: number[] = [];
    const result = await retryWithin(
      5_000,
      async (attempt) => {
        attempts.push(attempt);
        if (attempt === 0) throw new Error('no leader');
        return 'done';
      },
      isPermanent,
    );
    expect([result, attempts]).to.deep.equal(['done', [0, 1]]);
  });

  it('rejects at once with a permanent error', async () => {
    let attempts = 0;
    const calling = retryWithin(
      5_000,
      async () => {
        attempts += 1;
        throw new RangeError('no such partition');
      },
      isPermanent,
    );
    expect(await outcome(calling)).to.equal('RangeError: no such partition');
    expect(attempts).to.equal(1);
  });

  it('rejects when its time is over, with an attempt still under way', async () => {
    const calling = retryWithin(30, () => new Promise(() => {}), isPermanent);
    expect(await outcome(calling)).to.equal('Error: the brokers did not answer within 30 ms');
  });

  it('rejects with the last error when no time is left for another attempt', async () => {
    const calling = retryWithin(30, () => Promise.reject(new Error('not the leader')), isPermanent);
    expect(await outcome(calling)).to.equal('Error: not the leader');
  });
});
