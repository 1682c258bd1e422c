/** Retention on a real database: what goes, what stays and why, and that the ledger, the audit and everybody at work go on. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions, monthStart } from '#platform/postgres/month-partitions.ts';
import { silent } from '#platform/process/log.ts';
import { uuidv7, uuidv7Floor } from '#protocol/ids.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { fillShop } from '#scripts/verify/ledger/damaged-shop.ts';
import { multiplyOrder } from '#scripts/verify/ledger/many-orders.ts';
import { openSmallShop } from '#scripts/verify/ledger/testing.ts';
import { verifyLedger } from '#scripts/verify/ledger/verify.ts';
import { PARTITIONED } from '../store/tables.ts';
import type { RetentionSettings } from './config.ts';
import { contentOf } from './export-rows.ts';
import { monthFrom } from './months.ts';
import { partitionsOf } from './partitions.ts';
import { type DatabaseOf, planMonths } from './plan.ts';
import { alone, retentionRound } from './round.ts';
import { monthTables, TABLES } from './tables.ts';

const NOW = Date.now();
/** Two months that are older than the 13 that are kept. */
const [OLDEST, OLD] = [monthFrom(monthStart(NOW, -15)), monthFrom(monthStart(NOW, -14))];
const OF_A_MONTH = 40;
const ALL_TABLES = [...PARTITIONED, ...PARTICIPANT_TABLES];

describe('retention', function () {
  this.timeout(120_000);
  let database: FreshDatabase;
  let db: Database;
  let of: DatabaseOf;
  let ids: Readonly<Record<string, string>>;
  let exportFolder: string;
  const kept: RetentionSettings['months'] = { orders: 13, movements: 13, coupons: 13, 'dead-letters': 2 };
  before(async () => {
    database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
    db = openDatabase(database.url, { pool: 6, processName: 'retention' });
    of = () => db;
    ids = await fillShop(database.url);
    for (const { from } of [OLDEST, OLD]) await ensurePartitions(db, ALL_TABLES, from.getTime(), [0]);
    for (const { until } of [OLDEST, OLD])
      await multiplyOrder(database.url, ids['good'] ?? '', OF_A_MONTH, until);
    exportFolder = mkdtempSync(join(tmpdir(), 'export-'));
  });
  after(async () => {
    rmSync(exportFolder, { recursive: true, force: true });
    await db.close();
    await database[Symbol.asyncDispose]();
  });

  const round = (months = kept, on = of) =>
    retentionRound({ of: on, settings: { months, exportFolder }, log: silent, now: () => NOW });
  const plan = async () =>
    (await planMonths(of, { months: kept, exportFolder }, NOW)).map(({ kind, month, reasons }) => ({
      kind,
      month: month.name,
      reasons,
    }));
  const violations = async () =>
    (await verifyLedger({ databaseUrl: database.url })).filter((one) => one.violations > 0);
  const rowsOf = async (table: string) =>
    (await db.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`))[0]?.rows ?? 0;
  const audited = () =>
    db.query<{ detail: string; params: { month: string; tables: Record<string, { rows: number }> } }>(
      `SELECT detail, params FROM orchestrator.actions WHERE action = 'drop-month' ORDER BY seq`,
    );

  it('knows every table, and how each is divided', async () => {
    const found = await db.query<{ name: string; partitioned: boolean }>(
      `SELECT c.oid::regclass::text AS name, c.relkind = 'p' AS partitioned
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND n.nspname NOT IN ('public', 'pg_catalog', 'information_schema')`,
    );
    expect(TABLES.map(({ name }) => name)).to.have.members(found.map(({ name }) => name));
    for (const { name, partitioned } of found)
      expect(TABLES.find((one) => one.name === name)?.by === 'month', name).to.equal(partitioned);
    expect([...monthTables('orders'), ...monthTables('movements')].map(({ name }) => name)).to.have.members(
      ALL_TABLES.map(({ name }) => name),
    );
  });

  it('keeps everything for ever unless it is configured', async () => {
    const before = await rowsOf('orchestrator.sagas');
    await round({});
    expect(await rowsOf('orchestrator.sagas')).to.equal(before);
    expect(await planMonths(of, { months: {}, exportFolder: null }, NOW)).to.deep.equal([]);
  });

  it('leaves a month in which a row still lives, with the reason, and the newer ones with it', async () => {
    const [one] = await db.query<{ id: string }>(
      'SELECT id::text FROM orchestrator.sagas WHERE id >= $1::uuid ORDER BY id LIMIT 1',
      OLDEST.idsFrom,
    );
    const lives = [
      [`UPDATE orchestrator.sagas SET due_at = now() WHERE id = '$1'`, /1 sagas that have not ended/],
      [`UPDATE payment.intents SET outcome = 'open' WHERE saga_id = '$1'`, /1 charges or refunds under way/],
      [`UPDATE inventory.reservations SET state = 'reserved' WHERE saga_id = '$1'`, /neither confirmed/],
      [
        `INSERT INTO payment.incidents SELECT saga_id, 'i', command_id, 'c', 't', now() FROM payment.intents WHERE saga_id = '$1'`,
        /not published/,
      ],
      [
        `UPDATE notification.mails SET state = 'deferred', next_try_at = now(), letter = '{}' WHERE order_id = '$1'`,
        /still to be sent/,
      ],
      [
        `UPDATE shipping.inbox SET state = 'open' WHERE saga_id = '$1'`,
        /1 commands that shipping has not answered, the first of order [0-9a-f-]{36}$/,
      ],
    ] as const;
    for (const [statement, reason] of lives) {
      await db
        .transaction(async (sql) => {
          await sql.execute(statement.replaceAll('$1', one?.id ?? ''));
          // All questions in the transaction, one after the other.
          let last: Promise<unknown> = Promise.resolve();
          const query = ((...given: Parameters<Database['query']>) =>
            (last = last.catch(() => {}).then(() => sql.query(...given)))) as Database['query'];
          const on = () => ({ ...db, query });
          const planned = await planMonths(on, { months: kept, exportFolder }, NOW);
          const [first, second] = planned.filter(({ kind }) => kind === 'orders');
          expect(first?.reasons.join(), statement).to.match(reason);
          expect(second?.reasons).to.deep.equal([`${OLDEST.name} stays, and an older month goes first`]);
          throw new Error('back to what it was');
        })
        .catch((error: Error) => expect(error.message).to.equal('back to what it was'));
    }
  });

  it('shows what would go, and changes nothing', async () => {
    const before = await rowsOf('orchestrator.journal');
    const goes = (kind: string) => [OLDEST, OLD].map(({ name: month }) => ({ kind, month, reasons: [] }));
    expect(await plan()).to.deep.equal([...goes('orders'), ...goes('movements')]);
    expect(await rowsOf('orchestrator.journal')).to.equal(before);
  });

  it('takes up a month whose round was killed at any statement, and counts nothing twice', async () => {
    let left = 1;
    let killed = 0;
    for (; ; left += 2) {
      let statements = 0;
      const failing = <F extends (...given: never[]) => Promise<unknown>>(run: F) =>
        ((...given: never[]) => {
          if (++statements > left) throw new Error('killed');
          return run(...given);
        }) as F;
      const on = () => ({ ...db, execute: failing(db.execute), query: failing(db.query) });
      const ended = await retentionRound({
        of: on,
        settings: { months: { orders: 14 }, exportFolder },
        log: silent,
        now: () => NOW,
      }).catch((error: Error) => error);
      expect(await violations(), `after ${left} statements`).to.deep.equal([]);
      if (!(ended instanceof Error)) break;
      expect(ended.message).to.equal('killed');
      killed++;
    }
    expect(killed).to.be.above(20);
    const [entry, ...more] = await audited();
    expect(more).to.deep.equal([]);
    expect(entry?.params.month).to.equal(OLDEST.name);
    expect(entry?.params.tables['orchestrator.orders']?.rows).to.equal(OF_A_MONTH);
    expect(entry?.params.tables['orchestrator.journal']?.rows).to.equal(5 * OF_A_MONTH);
    expect(Object.keys(entry?.params.tables ?? {})).to.have.members([
      ...monthTables('orders').map(({ name }) => name),
      'orchestrator.orders',
    ]);
  });

  it('writes what it drops to files that hold it, and refuses one that does not', async () => {
    const files = readdirSync(exportFolder);
    expect(files).to.include(`orchestrator.journal_${OLDEST.name}.jsonl.gz`);
    expect(files.filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    const file = join(exportFolder, `orchestrator.orders_${OLDEST.name}.jsonl.gz`);
    const bytes = await readFile(file);
    const rows = gunzipSync(bytes).toString().trim().split('\n');
    expect(rows).to.have.length(OF_A_MONTH);
    expect(JSON.parse(rows[0] ?? '')).to.include({
      customer_id: 'customer-1',
      amount: 2500,
      currency: 'EUR',
    });
    const entry = (await audited())[0]?.params.tables['orchestrator.orders'];
    expect(await contentOf(file)).to.deep.equal({
      rows: OF_A_MONTH,
      sha256: (entry as unknown as { exported: { sha256: string } }).exported.sha256,
    });
    const cut = join(exportFolder, 'cut.jsonl.gz');
    writeFileSync(cut, bytes.subarray(0, bytes.length - 20));
    expect(await contentOf(cut).catch((error: Error) => error)).to.be.instanceOf(Error);
  });

  it('drops a month while orders are accepted and run, and refuses none', async () => {
    const shop = await openSmallShop(database.url);
    const reader = Promise.withResolvers<void>();
    // A report that reads the month: the drop waits for it, and nobody waits for the drop.
    const reading = db.transaction(async (sql) => {
      await sql.query(`SELECT count(*) FROM orchestrator.sagas`);
      // A transaction that is idle for long is ended.
      for (let open = true; open; ) {
        open = await Promise.race([
          reader.promise.then(() => false),
          sql.query('SELECT pg_sleep(0.2)::text').then(() => true),
        ]);
      }
    });
    let isOver = false;
    const dropping = round({ orders: 13, movements: 13 }).then((ran) => {
      isOver = true;
      return ran;
    });
    const accepted: string[] = [];
    const pending = () => partitionsOf(db, 'orchestrator.sagas');
    for (let i = 0; i < 20; i++) accepted.push(...(await shop.run([{}, { country: 'AQ' }])));
    expect(isOver, 'the drop waits for the reader').to.equal(false);
    reader.resolve();
    await reading;
    while (!isOver) accepted.push(...(await shop.run([{}])));
    expect(await dropping).to.equal(true);
    expect(accepted).not.to.include('refused');
    await shop.close();
    expect((await pending()).filter((name) => name.endsWith(OLD.name.replace('-', '_')))).to.deep.equal([]);
    const [left] = await db.query<{ rows: number }>(
      `SELECT (SELECT count(*) FROM orchestrator.orders WHERE id < $1::uuid)::int
            + (SELECT count(*) FROM inventory.movements WHERE at < $2::timestamptz)::int AS rows`,
      uuidv7Floor(monthStart(NOW, -13).getTime()),
      monthStart(NOW, -13),
    );
    expect(left?.rows).to.equal(0);
    expect(await violations()).to.deep.equal([]);
    expect((await audited()).map(({ detail }) => detail)).to.have.length(4);
  });

  it('runs in one process at a time', async () => {
    const held = Promise.withResolvers<void>();
    const first = alone(db, () => held.promise);
    const locked = async () =>
      (await db.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7310403`)).length;
    await waitUntil(locked, (count) => count === 1);
    expect(await round()).to.equal(false);
    held.resolve();
    expect(await first).to.equal(true);
    expect(await round()).to.equal(true);
  });

  it('deletes expired coupons of campaigns that are over, and leaves the others', async () => {
    const year = 365 * 86_400_000;
    const campaign = async (endsAt: Date | null, total: number) => {
      const id = uuidv7(NOW - 2 * year);
      await db.execute(
        `INSERT INTO coupon.campaigns (id, name, total, discount_kind, discount_value, ends_at, created_at, created_by, issued)
         VALUES ($1::uuid, 'n', $2, 'percent', 10, $3::timestamptz, now(), 'a', $2)`,
        id,
        total,
        endsAt,
      );
      return id;
    };
    const coupon = (id: string, user: string, validUntil: Date | null, redeemedBy: string | null = null) =>
      db.execute(
        `INSERT INTO coupon.coupons (id, campaign_id, user_id, request_id, request_partition, request_offset, accepted_at,
           issued_at, valid_until, redeemed_by, redeemed_command, redeemed_at)
         VALUES ($1::uuid, $2::uuid, $3, 'r', 0, 0, $4::timestamptz, $4::timestamptz, $5::timestamptz, $6::uuid,
           CASE WHEN $6::uuid IS NOT NULL THEN 'c' END, CASE WHEN $6::uuid IS NOT NULL THEN now() END)`,
        uuidv7(NOW - 2 * year),
        id,
        user,
        new Date(NOW - 2 * year),
        validUntil,
        redeemedBy,
      );
    const [past, gone] = [new Date(NOW - 1.9 * year), uuidv7(NOW - 2 * year)];
    const over = await campaign(past, 5);
    await coupon(over, 'expired', past);
    await coupon(over, 'used by an order that is gone', past, gone);
    await coupon(over, 'never expires', null);
    await coupon(over, 'expires later', new Date(NOW + year));
    await coupon(over, 'used', past, uuidv7(NOW));
    const open = await campaign(null, 1);
    await coupon(open, 'expired', past);
    await round();
    const left = await db.query<{ user: string }>(
      'SELECT user_id AS user FROM coupon.coupons WHERE campaign_id = ANY ($1::uuid[]) ORDER BY 1',
      [over, open],
    );
    expect(left.map(({ user }) => user)).to.deep.equal(['expired', 'expires later', 'never expires', 'used']);
    await db.execute(`DELETE FROM coupon.coupons WHERE user_id = 'used'`);
    await db.execute(`UPDATE coupon.campaigns SET removed = 3 WHERE id = $1::uuid`, over);
    expect(await violations()).to.deep.equal([]);
  });

  it('deletes dead letters that were sent again long ago, and no other', async () => {
    const letter = (offset: number, resentAt: Date | null) =>
      db.execute(
        `INSERT INTO orchestrator.dead_letters (partition, record_offset, value, parked_by, parked_at, reason, text,
           origin_topic, origin_partition, origin_offset, resent_at)
         VALUES (0, $1, '\\x00', 'a', now() - interval '1 year', 'r', 't', 'o', 0, 0, $2::timestamptz)`,
        offset,
        resentAt,
      );
    await letter(1, monthStart(NOW, -4));
    await letter(2, null);
    await letter(3, new Date(NOW));
    await round();
    const left = await db.query<{ nr: number }>(
      'SELECT record_offset::int AS nr FROM orchestrator.dead_letters ORDER BY 1',
    );
    expect(left.map(({ nr }) => nr)).to.deep.equal([2, 3]);
  });
});
