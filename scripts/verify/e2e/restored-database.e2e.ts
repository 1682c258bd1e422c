/**
 * The database is restored to an earlier time under load, while Kafka and the gateway went on: nothing flows until a rewind ran, what
 * customers were answered stands afterwards, and both ledgers hold. `REWIND_ORDERS` makes the gap larger, to run it by hand.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { REASON } from '#platform/continuity/guard.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import type { Report } from '#scripts/operate/rewind/report.ts';
import { root } from '#scripts/run/stack/places.ts';
import { isSecure } from '#scripts/run/stack/secure/connections.ts';
import { permitDatabase } from '#scripts/run/stack/secure/permissions.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, type Wanted, WITH_GATEWAY } from './shop.ts';

const GATEWAY_KEY = 'sk_test_local';
/** All but the gateway, which no restore takes back. */
const RESTARTED = [
  ...WITH_GATEWAY.filter((name) => name !== 'gateway'),
  ...['coupon', 'coupon-issuer', 'coupons'],
];
const ORDERS = Number(process.env['REWIND_ORDERS'] ?? 20);
const WITHIN_MS = 120_000;
/** A plan and its application come between a start and its readiness. */
const READY_WITHIN_MS = 240_000;
const COUPONS = 12;
/** In turn: completed, declined, refunded, sold out, completed. */
const KINDS: readonly Wanted[] = [
  {},
  { method: 'pm_card_chargeDeclined' },
  { country: 'AQ' },
  { sku: 'sold-out-mug' },
  { sku: 'coffee-beans', quantity: 2 },
];

interface Result {
  readonly status: string;
  readonly couponId?: string;
  readonly reason?: string;
}

describe('a database that was restored to an earlier time', function () {
  this.timeout(600_000);
  let shop: Shop;
  let db: Database;
  let admin: pg.Client;
  let name: string;
  /** Every order that was answered 202. */
  const accepted: string[] = [];
  /** What was answered, by the request. */
  const answers = new Map<string, string>();
  const coupons = new Map<string, string>();
  before(async () => {
    shop = await openShop('restored', {
      ...{ gateway: 'simulator', only: [...WITH_GATEWAY, ...RESTARTED], readyWithinMs: READY_WITHIN_MS },
    });
    db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'e2e' });
    name = new URL(shop.databaseUrl).pathname.slice(1);
    const url = new URL(shop.databaseUrl);
    url.pathname = '/postgres';
    admin = new pg.Client(connectionTo(url.href));
    await admin.connect();
  });
  after(async () => {
    await db?.close();
    await shop?.stop();
    await admin?.query(`DROP DATABASE IF EXISTS ${name}_before`);
    await admin?.query(`DROP DATABASE IF EXISTS ${name}_lost`);
    await admin?.end();
  });

  const couponApi = async <T>(path: string, body?: unknown): Promise<T> => {
    const token = await tokenFor(roleHolder('service'), 'test');
    const answer = await fetch((shop.system.urls['coupons'] ?? '') + path, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  /** The coupon of a request, or why it got none. */
  const outcome = async (id: string) => {
    const { couponId, reason = '' } = await waitUntil(
      () => couponApi<Result>(`/v1/coupon-requests/${encodeURIComponent(id)}`),
      ({ status }) => status !== 'pending',
      { withinMs: WITHIN_MS, what: 'the result of a request' },
    );
    return couponId ?? reason;
  };
  /** A coupon for each of some users. */
  const request = async (campaignId: string, users: readonly string[]) => {
    const ids = await Promise.all(
      users.map(
        async (userId) =>
          (await couponApi<{ requestId: string }>(`/v1/campaigns/${campaignId}/requests`, { userId }))
            .requestId,
      ),
    );
    for (const [nth, id] of ids.entries()) {
      const result = await outcome(id);
      answers.set(id, result);
      coupons.set(users[nth] ?? '', result);
    }
  };
  const place = async (count: number) => {
    const ids = await shop.placeMany(count, (nth) => KINDS[nth % KINDS.length] ?? {});
    accepted.push(...ids);
    return ids;
  };
  const end = () => Promise.all(RESTARTED.map((one) => shop.system.end(one)));
  const begin = () => Promise.all(RESTARTED.map((one) => shop.system.restart(one)));
  const readiness = async (process: string) => {
    const answer = await fetch(`${shop.system.urls[process]}/readyz`).catch(() => null);
    return answer === null ? null : ((await answer.json()) as { reason?: string }).reason;
  };
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'scripts/operate/rewind.ts'), ...args, '--json'], {
      env: {
        ...process.env,
        DATABASE_URL: shop.databaseUrl,
        KAFKA_BROKERS: shop.system.addresses.kafka,
        KAFKA_PREFIX: shop.prefix,
        ...{ GATEWAY: 'simulator', GATEWAY_URL: shop.system.urls['gateway'], GATEWAY_KEY },
      },
      maxBuffer: 2 ** 26,
    });
  const count = async (text: string) => Number((await db.query<{ n: bigint }>(text))[0]?.n);

  it('lets nothing flow before a rewind, and afterwards all that was said stands', async () => {
    const campaign = await couponApi<{ id: string }>('/v1/campaigns', {
      ...{ name: 'Restored', total: COUPONS, discount: { kind: 'amount', value: 100, currency: 'EUR' } },
    });
    await request(campaign.id, ['ada', 'u-1', 'u-2', 'u-3']);
    await shop.ended(await place(5), WITHIN_MS);
    // Some are under way when the backup is made.
    await place(10);
    await end();
    await db.close();
    await admin.query(`CREATE DATABASE ${name}_before TEMPLATE ${name}`);
    db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'e2e' });
    await begin();

    const ended = await place(ORDERS);
    await request(campaign.id, ['u-4', 'u-5', 'u-6', 'u-7']);
    accepted.push(
      await shop.place({ customerId: 'ada', couponId: coupons.get('ada') ?? '' }, 'the-same-key'),
    );
    ended.push(accepted.at(-1) ?? '');
    const before = new Map(
      (await shop.ended(ended, WITHIN_MS)).map(({ orderId, status }) => [orderId, status]),
    );
    // And some when the database is lost.
    await place(15);
    await end();
    await db.close();
    await admin.query(`ALTER DATABASE ${name} RENAME TO ${name}_lost`);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${name}_before`);
    // A copy has the rights in the database, and not those to enter it.
    if (isSecure('test')) await permitDatabase('test', shop.databaseUrl);
    db = openDatabase(shop.databaseUrl, { pool: 1, processName: 'e2e' });
    const rows = await count('SELECT count(*) AS n FROM orchestrator.journal');

    const beginning = begin();
    beginning.catch(() => {});
    for (const process of RESTARTED)
      await waitUntil(
        () => readiness(process),
        (reason) => reason === REASON,
        { withinMs: 60_000, what: process },
      );
    await shop.place({}).then(
      () => expect.fail('an order was accepted'),
      () => {},
    );

    const planned = JSON.parse((await run('--dry-run')).stdout) as Report;
    expect(planned.losses).to.deep.equal([]);
    expect(planned.rebuilt['orders accepted since']).to.be.at.least(ORDERS);
    expect(planned.rebuilt['coupons']).to.equal(4);
    const refused = await run('--plan', '0'.repeat(64), '--reason', 'test').catch((error) => error);
    expect(refused).to.include({ code: 6 });
    expect(await count('SELECT count(*) AS n FROM orchestrator.journal')).to.equal(rows);
    expect(await readiness('engine')).to.equal(REASON);
    await run('--plan', planned.planHash, '--reason', 'restored after a lost disk');
    // A start waits for so long only; the processes go on.
    await Promise.allSettled([beginning]);
    for (const process of RESTARTED)
      await waitUntil(
        () => readiness(process),
        (reason) => reason === undefined,
        { withinMs: WITHIN_MS, what: process },
      );

    const after = await shop.ended(accepted, WITHIN_MS);
    for (const { orderId, status } of after)
      if (before.has(orderId)) expect(status, orderId).to.equal(before.get(orderId));
    expect(
      await shop.place({ customerId: 'ada', couponId: coupons.get('ada') ?? '' }, 'the-same-key'),
    ).to.equal(ended.at(-1));
    for (const [id, result] of answers) expect(await outcome(id), id).to.equal(result);
    await request(
      campaign.id,
      Array.from({ length: COUPONS }, (_, nth) => `late-${nth}`),
    );
    expect(await count('SELECT issued AS n FROM coupon.campaigns')).to.equal(COUPONS);
    await shop.ended(await place(5), WITHIN_MS);
    expect(await count(`SELECT count(*) AS n FROM orchestrator.actions WHERE action = 'rewind'`)).to.equal(1);
    const results = await waitUntil(
      () =>
        verifyLedger({
          ...{
            databaseUrl: shop.databaseUrl,
            gatewayUrl: shop.system.urls['gateway'],
            gatewayKey: GATEWAY_KEY,
          },
        }),
      (all) => all.every(({ violations }) => violations === 0),
      { withinMs: 30_000, everyMs: 2_000, what: 'both ledgers without violations' },
    );
    expect(results.filter(({ violations }) => violations > 0)).to.deep.equal([]);
  });
});
