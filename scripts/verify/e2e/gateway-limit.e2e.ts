/** More orders than the gateway takes calls: they wait in Kafka, where no step's clock runs, and each is charged. */
import { expect } from 'chai';
import { controlOf } from '#participants/payment/testing/simulator.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop } from './shop.ts';

const PROCESSES = ['api', 'engine', 'gateway', 'inventory', 'payment', 'shipping', 'notification'];
const KEY = 'sk_test_local';
const ORDERS_PER_SECOND = 60;
/** Twice as many as the gateway settles within the time limit of a charge. */
const SECONDS = 25;
const ENDS = `
  SELECT status || COALESCE(': ' || (context -> 'failure' ->> 'reason'), '') AS end, count(*)::int AS count
    FROM orchestrator.sagas GROUP BY 1 ORDER BY 1`;

describe('a gateway that answers 429 above 50 calls a second', function () {
  this.timeout(230_000);
  let shop: Shop;
  let db: Database;
  before(async () => {
    shop = await openShop('limit', { gateway: 'simulator', only: PROCESSES });
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
