/** How long states usually last: the calmest minute counts, and a backlog does not become what is usual. */
import { expect } from 'chai';
import type { UsualDuration } from '#engine/why/observations.ts';
import { silent } from '#platform/process/log.ts';
import { watchUsual } from './usual.ts';

const lasting = (p50Ms: number, samples = 100): UsualDuration => ({ p50Ms, p95Ms: 2 * p50Ms, samples });

/** Measures these in turn. */
async function measured(all: ReadonlyArray<UsualDuration | Error>) {
  const left = [...all];
  const usual = async () => {
    const next = left.shift() ?? new Error('nothing is left');
    if (next instanceof Error) throw next;
    return { chargingPayment: next };
  };
  const watch = watchUsual({ usual }, () => 0, silent);
  for (const _ of all) await watch.measure();
  await watch.close();
  return watch.durations;
}

describe('how long states usually last', () => {
  it('is what the calmest measurement found', async () => {
    expect(await measured([lasting(900), lasting(100), lasting(40_000)])).to.deep.equal({
      chargingPayment: lasting(100),
    });
  });

  it('takes few samples only where there are no others', async () => {
    expect(await measured([lasting(5, 3), lasting(100)])).to.deep.equal({ chargingPayment: lasting(100) });
    expect(await measured([lasting(5, 3)])).to.deep.equal({ chargingPayment: lasting(5, 3) });
  });

  it('stays what it was while the database does not answer', async () => {
    expect(await measured([lasting(100), new Error('away')])).to.deep.equal({
      chargingPayment: lasting(100),
    });
  });
});
