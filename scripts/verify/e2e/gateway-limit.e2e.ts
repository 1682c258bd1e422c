/** More orders than the gateway takes calls: they wait in Kafka, where no step's clock runs, and each is charged. */
import { expect } from 'chai';
import { controlOf } from '#participants/payment/testing/simulator.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

const KEY = 'sk_test_local';
const ORDERS_PER_SECOND = 60;
/** A charge's time limit; a gateway with 50 calls a second, two for each charge, settles 500 orders in it. */
const STEP_TIMEOUT_MS = 20_000;
/** So long that twice as many orders wait as are settled within the time limit. */
const SECONDS = 17;
const ENDS = `
  SELECT status || COALESCE(': ' || (context -> 'failure' ->> 'reason'), '') AS end, count(*)::int AS count
    FROM orchestrator.sagas GROUP BY 1 ORDER BY 1`;

describe('a gateway that answers 429 above 50 calls a second', () => {
  let shop: Shop;
  let db: Database;
  before(async () => {
    shop = await openShop('limit', {
      gateway: 'simulator',
      only: WITH_GATEWAY,
      environment: { STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) },
    });
    db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'e2e' });
  });
  after(async () => {
    await db?.close();
    await shop?.stop();
  });

  it('fails none of 60 orders a second', async () => {
    const gatewayUrl = shop.system.urls['gateway'] ?? '';
    const { databaseUrl } = shop;
    await controlOf(gatewayUrl, KEY).behave({ ratePerSecond: 50, retryAfterS: 1 });
    const placed: Array<Promise<string[]>> = [];
    const startedAt = performance.now();
    for (let tenth = 0; tenth < SECONDS * 10; tenth++) {
      placed.push(shop.placeMany(ORDERS_PER_SECOND / 10, () => ({ sku: 'SKU-0002' })));
      const waitMs = startedAt + (tenth + 1) * 100 - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    const orders = (await Promise.all(placed)).flat().length;
    const ends = await waitUntil(
      () => db.query<{ end: string; count: number }>(ENDS),
      (rows) =>
        rows.reduce((sum, { end, count }) => sum + (/^(completed|failed)/.test(end) ? count : 0), 0) ===
        orders,
      { withinMs: 150_000, everyMs: 500, what: 'the end of every order' },
    );
    expect(ends).to.deep.equal([{ end: 'completed', count: orders }]);
    const results = await verifyLedger({ databaseUrl, gatewayUrl, gatewayKey: KEY });
    const broken = results.filter(({ violations }) => violations > 0);
    expect(broken, JSON.stringify(broken, null, 2)).to.deep.equal([]);
  });
});
