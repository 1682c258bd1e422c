/** Reads that are spared, on a clock of the test's own. */
import { expect } from 'chai';
import { spare } from './spare.ts';

describe('a read that is spared', () => {
  let nowMs: number;
  let reads: Array<(value: number) => void>;
  beforeEach(() => {
    nowMs = 1_000_000;
    reads = [];
  });

  const opened = () =>
    spare(
      (_: string) => new Promise<number>((resolve) => reads.push(resolve)),
      (wanted) => wanted,
      () => nowMs,
    );
  /** Ends the newest read after so long. */
  const end = (value: number, tookMs: number) => {
    nowMs += tookMs;
    reads.at(-1)?.(value);
  };

  it('is read each time while it is quick', async () => {
    const read = opened();
    for (const value of [1, 2, 3]) {
      const found = read('a');
      end(value, 200);
      expect((await found).value).to.equal(value);
    }
    expect(reads).to.have.length(3);
  });

  it('runs once for all who want it at once, and apart from other reads', async () => {
    const read = opened();
    const found = [read('a'), read('a'), read('b')];
    expect(reads).to.have.length(2);
    for (const resolve of reads) resolve(7);
    expect((await Promise.all(found)).map(({ value }) => value)).to.deep.equal([7, 7, 7]);
  });

  it('rests three times as long as it took, and is answered with its last result and the instant of that', async () => {
    const read = opened();
    const first = read('a');
    const startedAt = nowMs;
    end(1, 2_000);
    await first;
    nowMs += 5_999;
    expect(await read('a')).to.deep.equal({ value: 1, at: new Date(startedAt) });
    expect(reads).to.have.length(1);
    nowMs += 1;
    // The next one runs, and nobody waits for it.
    expect((await read('a')).value).to.equal(1);
    expect(reads).to.have.length(2);
    end(2, 2_000);
    await new Promise(setImmediate);
    expect((await read('a')).value).to.equal(2);
  });

  it('is waited for where the last result is older than half a minute', async () => {
    const read = opened();
    const first = read('a');
    end(1, 2_000);
    await first;
    nowMs += 30_000;
    const second = read('a');
    end(2, 2_000);
    expect((await second).value).to.equal(2);
  });

  it('fails for those who wait, and is read again', async () => {
    const read = spare(
      () => Promise.reject(new Error('away')),
      () => '',
      () => nowMs,
    );
    for (let i = 0; i < 2; i++)
      expect(await read(undefined).catch((error) => error.message)).to.equal('away');
  });
});
