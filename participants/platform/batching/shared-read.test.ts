import { expect } from 'chai';
import { sharedRead } from './shared-read.ts';

describe('a shared read', () => {
  it('reads once for all that come within its time, and anew after it', async () => {
    let [reads, nowMs] = [0, 0];
    const read = sharedRead(
      async () => ++reads,
      1_000,
      () => nowMs,
    );
    expect(await Promise.all([read(), read(), read()])).to.deep.equal([1, 1, 1]);
    nowMs = 999;
    expect(await read()).to.equal(1);
    nowMs = 1_000;
    expect(await read()).to.equal(2);
    nowMs = 500;
    expect(await read(), 'the clock was set back').to.equal(3);
  });

  it('keeps no failure', async () => {
    const answers = [new Error('away'), 7];
    const read = sharedRead(
      async () => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer;
      },
      1_000,
      () => 0,
    );
    expect(await read().catch(String)).to.equal('Error: away');
    expect(await read()).to.equal(7);
  });
});
