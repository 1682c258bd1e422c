import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { runConcurrently } from './concurrently.ts';

describe('jobs that run concurrently', () => {
  const began: string[] = [];
  const job =
    (name: string, error?: Error, ms = 5) =>
    async () => {
      began.push(name);
      await sleep(ms);
      if (error) throw error;
    };
  beforeEach(() => void began.splice(0));

  it('begin when another has ended', async () => {
    await runConcurrently([job('long', undefined, 60), job('a'), job('b'), job('c')], 2);
    expect(began).to.deep.equal(['long', 'a', 'b', 'c']);
  });

  it('never run more jobs at once than allowed', async () => {
    let running = 0;
    let most = 0;
    const counted = async () => {
      most = Math.max(most, ++running);
      await sleep(2);
      running -= 1;
    };
    await runConcurrently(Array(9).fill(counted), 3);
    expect(most).to.equal(3);
  });

  it('begin nothing after an error, and throw it once the others have ended', async () => {
    let ended = false;
    const slow = async () => {
      await sleep(30);
      ended = true;
    };
    const failed = await runConcurrently([job('throws', new Error('no stack')), slow, job('never')], 2).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.equal('no stack');
    expect(ended).to.equal(true);
    expect(began).to.deep.equal(['throws']);
  });
});
