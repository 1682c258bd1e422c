/** Every example of the help does what it says, against the real API. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openWorld, type TestCouponApi, type World } from '#participants/coupon/api/testing/world.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING } from '../http/testing/engine.ts';
import { ALL_EXAMPLES } from './examples.ts';
import { runSaga } from './testing/terminal.ts';

/** Two definitions of a saga would be needed for it. */
const NOT_POSSIBLE = ['migrate'];

describe('the help of the saga command', () => {
  let api: TestApi;
  let world: World;
  let coupons: TestCouponApi;
  let folder: string;
  before(async () => {
    api = await startTestApi();
    world = await openWorld();
    coupons = await world.api();
    folder = mkdtempSync(join(tmpdir(), 'examples-'));
    writeFileSync(join(folder, 'token'), await api.token('operator'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await world.close();
    await api.close();
  });

  const environmentOf = async (of: string) => ({
    ...{ SAGA_URL: api.url, SAGA_COUPONS_URL: coupons.url },
    SAGA_TOKEN: await (of.startsWith('campaign') ? world : api).token('operator', 'olga'),
  });

  for (const { line, of } of ALL_EXAMPLES) {
    it(`shows that one can: saga ${line}`, async () => {
      const id = await api.placed({ customerId: 'ada' });
      await api.engine.happen(id, ...CHARGING);
      const args = wordsOf(line.replaceAll('SAGA', id).replaceAll('TOKEN_FILE', join(folder, 'token')));
      const { code, out, err } = await runSaga(api, args, {
        environment: await environmentOf(of),
        profileFolder: join(folder, id),
      });
      // Off a terminal, an act without --yes shows its plan alone; nobody carries out what has it.
      const expected = args.includes('--wait') ? [124] : NOT_POSSIBLE.includes(of) ? [6] : [0, 3];
      expect(expected, `${out}\n${err}`).to.include(code);
    });
  }

  it('is in the help of its command', async () => {
    for (const { line, of } of ALL_EXAMPLES) {
      const { code, out } = await runSaga(api, of === '' ? ['help'] : [...of.split(' '), '--help']);
      expect(code, of).to.equal(0);
      expect(out, of).to.include(`saga ${line}`);
    }
  });
});

/** As a shell splits a line. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}
