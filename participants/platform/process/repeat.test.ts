/** Repeated work: one run at a time, whatever a run takes or throws, and none after the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type RepeatOptions, repeat } from './repeat.ts';

const EVERY_MS = 2;

/** Options that keep what is logged. */
function options(rest: Partial<RepeatOptions> = {}) {
  const errors: unknown[] = [];
  const log = { throttled: (_key: string, event: string, fields = {}) => errors.push({ event, ...fields }) };
  return { errors, options: { everyMs: EVERY_MS, log, failed: 'lag-not-measured', ...rest } as const };
}

/** Waits until something is so, for a second at the most. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !isSo(); i++) await sleep(1);
  expect(isSo()).to.equal(true);
}

describe('repeated work', () => {
  it('runs at once and again at the interval', async () => {
    let runs = 0;
    const repetition = repeat(async () => {
      runs += 1;
    }, options().options);
    expect(runs).to.equal(1);
    await until(() => runs >= 4);
    await repetition.close();
  });

  it('rests first where it is to', async () => {
    let runs = 0;
    const repetition = repeat(
      async () => {
        runs += 1;
      },
      options({ restsFirst: true }).options,
    );
    expect(runs).to.equal(0);
    await until(() => runs >= 2);
    await repetition.close();
  });

  it('does not hurry where the interval is longer than a timer can be', async () => {
    let runs = 0;
    const repetition = repeat(
      async () => {
        runs += 1;
      },
      options({ everyMs: 2 ** 31, restsFirst: true }).options,
    );
    await sleep(20);
    await repetition.close();
    expect(runs).to.equal(0);
  });

  it('never has two runs at once, and skips the turns that fall into a long one', async () => {
    let underWay = 0;
    let most = 0;
    let runs = 0;
    const repetition = repeat(async () => {
      most = Math.max(most, ++underWay);
      await sleep(5 * EVERY_MS);
      underWay -= 1;
      runs += 1;
    }, options().options);
    await Promise.all([repetition.run(), repetition.run()]);
    expect(runs).to.equal(1);
    await until(() => runs >= 3);
    await repetition.close();
    expect(most).to.equal(1);
  });

  it('logs a failed run, and goes on', async () => {
    const { errors, options: failing } = options();
    let runs = 0;
    const repetition = repeat(async () => {
      runs += 1;
      if (runs === 1) throw new Error('before it waits');
      await sleep(1);
      if (runs === 2) throw new Error('after it waited');
    }, failing);
    await until(() => runs >= 4);
    await repetition.close();
    expect(errors).to.deep.equal([
      { event: 'lag-not-measured', error: 'before it waits' },
      { event: 'lag-not-measured', error: 'after it waited' },
    ]);
  });

  it('waits for the run under way when it closes, and then runs no more', async () => {
    let begun = 0;
    let ended = 0;
    const repetition = repeat(async () => {
      begun += 1;
      await sleep(4 * EVERY_MS);
      ended += 1;
    }, options().options);
    await repetition.close();
    expect([begun, ended]).to.deep.equal([1, 1]);
    await repetition.run();
    await sleep(4 * EVERY_MS);
    expect(begun).to.equal(1);
  });
});
