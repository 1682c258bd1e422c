/** The auditor beside a working system: no false alarm while orders move, and a row changed by hand is named. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

/** Longer than two rounds of the auditor and the time an e-mail may take. */
const PLACING_MS = 60_000;
const BETWEEN_MS = 500;
/** So large that a loaded machine does not decide how many orders it checks: `rounds.test.ts` has the default share under a clock of its own. */
const SHARE = '0.25';
const SEEN = { withinMs: 120_000, everyMs: 500 };

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
  this.timeout(400_000);
  let shop: Shop;
  before(async () => {
    shop = await openShop('auditor', {
      gateway: 'simulator',
      only: [...WITH_GATEWAY, 'coupon', 'auditor'],
      restarts: false,
      environmentFor: { auditor: { AUDITOR_SHARE: SHARE } },
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
    const endedAt = new Date().toISOString();
    const { ordersChecked, violations } = await waitUntil(
      ledger,
      ({ invariants }) => invariants.every(({ checkedAt }) => (checkedAt ?? '') > endedAt),
      { ...SEEN, what: 'a check of everything that began after the last order' },
    );
    expect(ordersChecked).to.be.at.least(ids.length);
    expect(violations).to.deep.equal([]);
    const results = await verifyLedger({
      databaseUrl: shop.databaseUrl,
      gatewayUrl: shop.system.urls['gateway'],
    });
    expect(results.filter(({ violations }) => violations > 0)).to.deep.equal([]);
  });

  it('names an order whose row was changed by hand', async () => {
    const [id = ''] = await shop.placeMany(1, () => ({}));
    await shop.ended([id]);
    const client = new pg.Client(connectionTo(shop.databaseUrl));
    await client.connect();
    await client.query(`UPDATE payment.intents SET amount = 1 WHERE saga_id = $1`, [id]);
    await client.end();
    const { violations } = await waitUntil(ledger, (seen) => seen.violations.length > 0, SEEN);
    expect(violations.map(({ invariant, orderId }) => [invariant, orderId])).to.deep.equal([
      ['money, own records', id],
    ]);
    const metrics = await (await fetch(`${shop.system.urls['auditor']}/metrics`)).text();
    expect(metrics).to.include('ledger_violations{invariant="money, own records"} 1');
  });
});
