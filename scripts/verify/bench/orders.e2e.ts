/**
 * The benchmark on a whole system: a short mixed run gives figures, and no figures where the ledger does not hold.
 */
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { readSecret } from '#scripts/run/stack/secret.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { openShop, type Shop } from '../e2e/shop.ts';
import { ledgerTable } from '../ledger/ledger-table.ts';
import { allHold, verifyLedger } from '../ledger/verify.ts';
import { parseMix } from './orders/mix.ts';
import { reportText } from './orders/orders-report.ts';
import { runOrders } from './orders/run-orders.ts';
import type { Target } from './target.ts';

describe('npm run bench -- orders', () => {
  let shop: Shop;
  let target: Target;

  before(async () => {
    shop = await openShop('bench');
    const { urls, addresses, stack, pids } = shop.system;
    target = {
      apiUrl: urls['api'] ?? '',
      couponsUrl: urls['coupons'] ?? '',
      databaseUrl: shop.databaseUrl,
      redisUrl: addresses.redis,
      brokers: addresses.kafka,
      prefix: shop.prefix,
      token: await tokenFor(roleHolder('service'), stack),
      secret: new TextEncoder().encode(readSecret(stack)),
      gateway: 'simulator',
      gatewayUrl: urls['gateway'],
      pids: async () => pids,
    };
  });
  after(() => shop?.stop());

  // Twenty to warm up and eighty more: a hundred hold the mix exactly.
  const options = { rate: 20, count: 80, warmupMs: 3_000, mix: parseMix('70/10/10/10'), print: () => {} };

  it('follows every order to its end, as it was made to end, and gives figures', async () => {
    const report = await runOrders(target, options);
    const text = reportText(report);
    expect(report.refused, text).to.deep.equal([]);
    expect(
      report.outcomes.map(({ kind, accepted, asExpected }) => [kind, accepted, asExpected]),
    ).to.deep.equal([
      ['good', 70, 70],
      ['declined', 10, 10],
      ['sold-out', 10, 10],
      ['unserved', 10, 10],
    ]);
    expect(report.mails).to.equal(100);
    const { figures } = report;
    expect(figures?.accepted?.count).to.equal(80);
    expect((figures?.completed?.count ?? 0) + (figures?.failed?.count ?? 0)).to.equal(80);
    expect(figures?.completed?.p50).to.be.within(1, 60_000);
    expect(figures?.failed?.p50).to.be.within(1, 60_000);
    expect(figures?.notAccepted).to.deep.equal({});
    expect(text).to.include('CPU-ms an order');
  });

  it('holds the ledger at every moment of a run', async () => {
    const { databaseUrl, gatewayUrl } = target;
    let isRunning = true;
    const running = runOrders(target, options).finally(() => {
      isRunning = false;
    });
    let sawMoving = 0;
    while (isRunning) {
      const results = await verifyLedger({ databaseUrl, gatewayUrl });
      expect(allHold(results), ledgerTable(results)).to.equal(true);
      if ((results[0]?.counted['moving'] ?? 0) > 0) sawMoving += 1;
    }
    expect((await running).refused).to.deep.equal([]);
    expect(sawMoving).to.be.greaterThan(2);
  });

  it('gives no figures where the ledger does not hold', async () => {
    const client = new pg.Client(connectionTo(shop.databaseUrl));
    await client.connect();
    await client.query(`UPDATE inventory.stock SET available = available + 1 WHERE sku = 'coffee-beans'`);
    await client.end();
    const report = await runOrders(target, { ...options, count: 10, warmupMs: 0 });
    expect(report.figures).to.equal(null);
    expect(report.refused.join('\n')).to.match(/the ledger does not hold[\s\S]*coffee-beans/);
    expect(reportText(report)).to.match(/NO FIGURES/);
  });
});
