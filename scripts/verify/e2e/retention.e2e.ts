/**
 * Old months go from a working system: exported, dropped in every schema, entered into the audit, and a customer is erased from
 * rows and exports. On a secured stack the process does it with its own role's rights.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import pg from 'pg';
import { monthFrom } from '#orchestrator/retention/months.ts';
import { monthTables, schemaOf } from '#orchestrator/retention/tables.ts';
import { ACCESS } from '#participants/access/access.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions, monthStart, partitionName } from '#platform/postgres/month-partitions.ts';
import { databaseSecurityOf, isSecure } from '#scripts/run/stack/secure/connections.ts';
import { urlFor } from '#scripts/run/stack/secure/permissions.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { multiplyOrder } from '../ledger/many-orders.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

const STACK = 'test';
const CUSTOMER = 'ann.noether@example.org';
const NOW = Date.now();
/** Two months that are older than the 13 that are kept. */
const OLD = [monthFrom(monthStart(NOW, -15)), monthFrom(monthStart(NOW, -14))];
const OF_A_MONTH = 30;
const TABLES = [...monthTables('orders'), ...monthTables('movements')];
describe('retention in a working system', function () {
  this.timeout(300_000);
  const exports = mkdtempSync(join(tmpdir(), 'exports-'));
  let shop: Shop;
  let client: pg.Client;
  before(async () => {
    shop = await openShop('retention', {
      gateway: 'simulator',
      only: [...WITH_GATEWAY, 'coupon', 'retention'],
      environmentFor: {
        retention: {
          RETENTION_ORDERS_MONTHS: '13',
          RETENTION_MOVEMENTS_MONTHS: '13',
          RETENTION_EVERY_MS: '1000',
          RETENTION_EXPORT_DIR: exports,
        },
      },
    });
    client = new pg.Client(connectionTo(shop.databaseUrl));
    await client.connect();
  });
  after(async () => {
    await client?.end();
    await shop?.stop();
    rmSync(exports, { recursive: true, force: true });
  });

  /** Gives tables the partitions of a month as the processes do that keep them. */
  const addMonth = async (from: Date) => {
    for (const [schema, tables] of Map.groupBy(TABLES, ({ name }) => schemaOf(name))) {
      const keeper = ACCESS.find((one) => one.schema === schema && one.keepsPartitions)?.process ?? '';
      const url = isSecure(STACK) ? urlFor(shop.databaseUrl, keeper) : shop.databaseUrl;
      const db = openDatabase(url, {
        pool: 1,
        processName: keeper,
        security: databaseSecurityOf(STACK, keeper),
      });
      await ensurePartitions(db, tables, from.getTime(), [0]).finally(() => db.close());
    }
  };
  const there = async () => {
    const names = TABLES.flatMap((table) => OLD.map(({ from }) => partitionName(table, from)));
    const { rows } = await client.query<{ name: string }>(
      'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL',
      [names],
    );
    return rows.map(({ name }) => name);
  };
  const linesOf = (file: string) =>
    gunzipSync(readFileSync(join(exports, file)))
      .toString()
      .split('\n')
      .filter((line) => line !== '');
  const violations = () =>
    waitUntil(
      async () => (await verifyLedger({ databaseUrl: shop.databaseUrl })).filter((one) => one.violations > 0),
      (found) => found.length === 0,
      { what: 'a ledger without violations' },
    );

  it('drops the old months of every schema while orders complete, and each export holds its rows', async () => {
    const [id = ''] = await shop.placeMany(1, () => ({ customerId: CUSTOMER }));
    await shop.ended([id]);
    await shop.system.end('retention');
    for (const { from, until } of OLD) {
      await addMonth(from);
      await multiplyOrder(shop.databaseUrl, id, OF_A_MONTH, until);
    }
    expect(await there()).to.have.length(2 * TABLES.length);
    await shop.system.restart('retention');
    const placed: string[] = [];
    await waitUntil(
      async () => {
        placed.push(await shop.place({}));
        return client.query<{ kind: string }>(
          'SELECT kind FROM orchestrator.retention WHERE ended_at IS NOT NULL',
        );
      },
      ({ rowCount }) => rowCount === 2 * OLD.length,
      { everyMs: 200, what: 'the end of both months of both kinds' },
    );
    expect(await there()).to.deep.equal([]);
    for (const { status } of await shop.ended(placed)) expect(status).to.equal('completed');
    for (const { name: month } of OLD)
      for (const table of [
        'orchestrator.orders',
        'orchestrator.sagas',
        'payment.intents',
        'shipping.shipments',
      ])
        expect(linesOf(`${table}_${month}.jsonl.gz`), table).to.have.length(OF_A_MONTH);
    expect(await shop.get('/v1/audit/verify')).to.include({ holds: true });
    await violations();
  });

  it('erases a customer from what is left and from what was exported', async () => {
    const holding = () => readdirSync(exports).filter((file) => linesOf(file).join().includes(CUSTOMER));
    expect(holding()).to.include(`orchestrator.orders_${OLD[0]?.name}.jsonl.gz`);
    const headers = { authorization: `Bearer ${await tokenFor(roleHolder('admin'), STACK)}` };
    const answer = await shop.post('/v1/erasures', { customerId: CUSTOMER, reason: 'letter 18' }, headers);
    expect(answer.status).to.equal(202);
    const { links } = (await answer.json()) as { links: { self: string } };
    await waitUntil(
      async () => (await fetch(`${shop.system.urls['api']}${links.self}`, { headers })).json(),
      (erasure) => (erasure as { state: string }).state === 'done',
      { what: 'the end of the erasure' },
    );
    expect(holding()).to.deep.equal([]);
    for (const table of ['orchestrator.orders', 'orchestrator.sagas', 'payment.intents']) {
      const { rowCount } = await client.query(`SELECT FROM ${table} WHERE customer_id = $1`, [CUSTOMER]);
      expect(rowCount, table).to.equal(0);
    }
    expect(await shop.get('/v1/audit/verify')).to.include({ holds: true });
    await violations();
  });
});
