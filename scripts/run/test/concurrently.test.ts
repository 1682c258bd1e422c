import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { runConcurrently } from './concurrently.ts';

describe('jobs that run concurrently', () => {
  const began: string[] = [];
  const job =
    (name: string, result: boolean | Error = true, ms = 5) =>
    async () => {
      began.push(name);
      await sleep(ms);
      if (result instanceof Error) throw result;
      return result;
    };
  beforeEach(() => void began.splice(0));

  it('begin when another has ended', async () => {
    expect(await runConcurrently([job('long', true, 60), job('a'), job('b'), job('c')], 2)).to.equal(true);
    expect(began).to.deep.equal(['long', 'a', 'b', 'c']);
  });

  it('never run more jobs at once than allowed', async () => {
    let running = 0;
    let most = 0;
    const counted = async () => {
      most = Math.max(most, ++running);
      await sleep(2);
      running -= 1;
      return true;
    };
    await runConcurrently(Array(9).fill(counted), 3);
    expect(most).to.equal(3);
  });

  it('begin nothing after a failure, and end what runs', async () => {
    let ended = false;
    const slow = async () => {
      await sleep(30);
      ended = true;
      return true;
    };
    expect(await runConcurrently([job('fails', false), slow, job('never')], 2)).to.equal(false);
    expect(began).to.deep.equal(['fails']);
    expect(ended).to.equal(true);
  });

  it('throw the error of a job once the others have ended', async () => {
    let ended = false;
    const slow = async () => {
      await sleep(30);
      ended = true;
      return true;
    };
    const failed = await runConcurrently([job('throws', new Error('no stack')), slow, job('never')], 2).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.equal('no stack');
    expect(ended).to.equal(true);
    expect(began).to.deep.equal(['throws']);
  });
});
