/**
 * A day of money that comes back, on the real stack: pending and failing refunds, refunds and disputes of others, lost and
 * doubled webhooks, a storm of 429. In the end both ledgers agree, and an incident names every movement of others.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { controlOf, type TestSimulator } from '#participants/payment/testing/simulator.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { WEBHOOK } from '#scripts/run/processes.ts';
import { placesOf } from '#scripts/run/stack/places.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, type Wanted, WITH_GATEWAY } from './shop.ts';

const KEY = 'sk_test_local';
const WITHIN_MS = 90_000;

/** The kinds of orders, in turn: an unserved country has its charge refunded. */
const KINDS = {
  stands: {},
  refunded: { country: 'AQ' },
  pending: { country: 'AQ', method: 'pm_card_pendingRefund' },
  failing: { country: 'AQ', method: 'pm_card_refundFail' },
  disputed: { method: 'pm_card_createDispute' },
  partly: {},
} as const satisfies Record<string, Wanted>;
type Kind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Kind[];
const ORDERS = 60;

describe('a day of money that comes back', () => {
  let shop: Shop;
  let db: Database;
  let gateway: Omit<TestSimulator, 'close'>;

  before(async () => {
    const payment = { GATEWAY_RECONCILE_MS: '3000' };
    shop = await openShop('money', { gateway: 'simulator', only: WITH_GATEWAY, environmentFor: { payment } });
    db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'e2e' });
    gateway = controlOf(shop.system.urls['gateway'] ?? '', KEY);
    const url = `${shop.system.urls[WEBHOOK.name]}${WEBHOOK.path}`;
    const secret = readFileSync(placesOf('test').webhookSecretFile, 'utf8').trim();
    await gateway.webhooks({ url, secret, lostRate: 0.4, doubledRate: 0.3 });
  });
  after(async () => {
    await db?.close();
    await shop?.stop();
  });

  /** Codes of the incidents of each order. */
  const incidents = async () => {
    const rows = await db.query<{ id: string; code: string }>(
      'SELECT saga_id::text AS id, code FROM payment.incidents WHERE published_at IS NOT NULL',
    );
    return Map.groupBy(rows, ({ id }) => id);
  };

  it('ends with equal ledgers, and an incident for every movement of others', async () => {
    await gateway.behave({ ratePerSecond: 40, retryAfterS: 1 });
    const ids = await shop.placeMany(ORDERS, (i) => KINDS[NAMES[i % NAMES.length] as Kind]);
    const of = (kind: Kind) => ids.filter((_, i) => NAMES[i % NAMES.length] === kind);
    const ended = await shop.ended(ids, WITHIN_MS);
    const statuses = ended.map(({ status }, i) => `${NAMES[i % NAMES.length]} ${status}`);
    expect([...new Set(statuses)].sort(), 'no order fails for a 429').to.deep.equal([
      'disputed completed',
      'failing failed',
      'partly completed',
      'pending failed',
      'refunded failed',
      'stands completed',
    ]);
    await gateway.behave({});

    const [whole, charged] = [of('stands').slice(0, 5), of('stands').slice(5)];
    for (const orderId of whole) await gateway.act('refunds', { orderId });
    for (const orderId of of('partly')) await gateway.act('refunds', { orderId, amount: 290 });
    for (const orderId of charged) await gateway.act('disputes', { orderId });
    for (const orderId of charged) await gateway.act('disputes/move', { orderId, status: 'lost' });

    const expected = new Map<string, string>([
      ...[...whole, ...of('partly')].map((id) => [id, 'refunded-elsewhere'] as const),
      ...[...charged, ...of('disputed')].map((id) => [id, 'charge-disputed'] as const),
      ...of('failing').map((id) => [id, 'refund-failed'] as const),
    ]);
    const missing = await waitUntil(
      async () => {
        const known = await incidents();
        return [...expected].filter(([id, code]) => !known.get(id)?.some((one) => one.code === code));
      },
      (some) => some.length === 0,
      { withinMs: WITHIN_MS, everyMs: 500, what: 'an incident for every movement of others' },
    );
    expect(missing).to.deep.equal([]);
    expect([...(await incidents()).keys()].sort(), 'and no other').to.deep.equal([...expected.keys()].sort());
    for (const [id, code] of expected)
      expect(JSON.stringify(await shop.get(`/v1/sagas/${id}`)), id).to.include(code);

    const ledger = () =>
      verifyLedger({
        databaseUrl: shop.databaseUrl,
        gatewayUrl: shop.system.urls['gateway'] ?? '',
        gatewayKey: KEY,
        limits: { unseenMs: 0 },
      });
    const results = await waitUntil(ledger, (some) => some.every(({ violations }) => violations === 0), {
      withinMs: WITHIN_MS,
      everyMs: 1_000,
      what: 'a ledger without violations',
    });
    const counted = results.find(({ name }) => name === 'money, returned at the gateway')?.counted;
    expect(counted).to.deep.equal({ refunds: 45, disputes: 15, pending: 10, failed: 10 });
  });
});

describe('a refund of others at the gateway', () => {
  it('is an incident by a webhook, as a system is started, with no comparison in between', async () => {
    const payment = { GATEWAY_RECONCILE_MS: '3600000' };
    const shop = await openShop('webhook', {
      gateway: 'simulator',
      only: WITH_GATEWAY,
      environmentFor: { payment },
    });
    try {
      const id = await shop.place({});
      await shop.ended([id]);
      await controlOf(shop.system.urls['gateway'] ?? '', KEY).act('refunds', { orderId: id, amount: 290 });
      await waitUntil(
        async () => JSON.stringify(await shop.get(`/v1/sagas/${id}`)),
        (saga) => saga.includes('refunded-elsewhere'),
        { what: 'the incident of the refund' },
      );
    } finally {
      await shop.stop();
    }
  });
});
