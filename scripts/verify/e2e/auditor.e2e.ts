/** The auditor beside a working system: no false alarm while orders move, and a row changed by hand is named within a minute. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

/** Longer than two rounds of the auditor and the time an e-mail may take. */
const PLACING_MS = 75_000;
/** Ten orders a second, which the auditor can follow. */
const BETWEEN_MS = 500;
const FOUND_WITHIN_MS = 60_000;

interface Ledger {
  readonly violations: ReadonlyArray<{
    readonly invariant: string;
    readonly orderId: string;
    readonly what: string;
  }>;
  readonly invariants: ReadonlyArray<{ readonly checkedAt: string | null }>;
  readonly ordersChecked: number;
}

describe('the auditor beside a working system', function () {
  this.timeout(240_000);
  let shop: Shop;
  before(async () => {
    shop = await openShop('auditor', {
      gateway: 'simulator',
      only: [...WITH_GATEWAY, 'coupon', 'auditor'],
      restarts: false,
    });
  });
  after(() => shop?.stop());

  const ledger = async (): Promise<Ledger> => {
    const answer = await fetch(`${shop.system.urls['auditor']}/v1/ledger`, {
      headers: await shop.operator(),
    });
    return (await answer.json()) as Ledger;
  };

  it('finds nothing while orders are completed and fail, and checks them all', async () => {
    const ids: string[] = [];
    const wanted = (i: number) =>
      [{}, { method: 'pm_card_chargeDeclined' }, { country: 'AQ' }, {}, {}][i] ?? {};
    const seen: Ledger['violations'][number][] = [];
    for (const until = Date.now() + PLACING_MS; Date.now() < until; ) {
      ids.push(...(await shop.placeMany(5, wanted)));
      seen.push(...(await ledger()).violations);
      await pause(BETWEEN_MS);
    }
    expect(seen, JSON.stringify(seen[0])).to.deep.equal([]);
    await shop.ended(ids, 60_000);
    const { ordersChecked, invariants } = await ledger();
    expect(ordersChecked).to.be.above(ids.length);
    expect(invariants.map(({ checkedAt }) => checkedAt)).not.to.include(null);
    const results = await verifyLedger({
      databaseUrl: shop.databaseUrl,
      gatewayUrl: shop.system.urls['gateway'],
    });
    expect(results.filter(({ violations }) => violations > 0)).to.deep.equal([]);
  });

  it('names an order whose row was changed by hand, within a minute', async () => {
    const [id = ''] = await shop.placeMany(1, () => ({}));
    await shop.ended([id]);
    const client = new pg.Client({ connectionString: shop.databaseUrl });
    await client.connect();
    await client.query(`UPDATE payment.intents SET amount = 1 WHERE saga_id = $1`, [id]);
    await client.end();
    const { violations } = await waitUntil(ledger, (seen) => seen.violations.length > 0, {
      withinMs: FOUND_WITHIN_MS,
      everyMs: 500,
    });
    expect(violations.map(({ invariant, orderId }) => [invariant, orderId])).to.deep.equal([
      ['money, own records', id],
    ]);
    const metrics = await (await fetch(`${shop.system.urls['auditor']}/metrics`)).text();
    expect(metrics).to.include('ledger_violations{invariant="money, own records"} 1');
  });
});
