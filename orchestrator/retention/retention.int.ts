/** Retention of months on a real database: what goes, what stays and why, and that the ledger, the audit and everybody at work go on. */
import { readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import type { Database } from '#platform/postgres/database.ts';
import { ensurePartitions, monthStart } from '#platform/postgres/month-partitions.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { fillShop } from '#scripts/verify/ledger/damaged-shop.ts';
import { multiplyOrder } from '#scripts/verify/ledger/many-orders.ts';
import { openSmallShop } from '#scripts/verify/ledger/testing.ts';
import { PARTITIONED } from '../store/tables.ts';
import { contentOf } from './export-rows.ts';
import { monthFrom } from './months.ts';
import { partitionsOf } from './partitions.ts';
import { planMonths } from './plan.ts';
import { monthTables } from './tables.ts';
import { KEPT, NOW, openRetained, type Retained } from './testing/retained.ts';

/** Two months that are older than the 13 that are kept. */
const [OLDEST, OLD] = [monthFrom(monthStart(NOW, -15)), monthFrom(monthStart(NOW, -14))];
const OF_A_MONTH = 40;

describe('retention', () => {
  let kept: Retained;
  before(async () => {
    kept = await openRetained();
    const ids = await fillShop(kept.url);
    const tables = [...PARTITIONED, ...PARTICIPANT_TABLES];
    for (const { from } of [OLDEST, OLD]) await ensurePartitions(kept.db, tables, from.getTime(), [0]);
    for (const { until } of [OLDEST, OLD])
      await multiplyOrder(kept.url, ids['good'] ?? '', OF_A_MONTH, until);
  });
  after(() => kept?.close());

  const plan = async () =>
    (await planMonths(() => kept.db, { months: KEPT, exportFolder: kept.exportFolder }, NOW)).map(
      ({ kind, month, reasons }) => ({ kind, month: month.name, reasons }),
    );
  const rowsOf = async (table: string) =>
    (await kept.db.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`))[0]?.rows ?? 0;
  const audited = () =>
    kept.db.query<{ detail: string; params: { month: string; tables: Record<string, { rows: number }> } }>(
      `SELECT detail, params FROM orchestrator.actions WHERE action = 'drop-month' ORDER BY seq`,
    );

  it('keeps everything for ever unless it is configured', async () => {
    const before = await rowsOf('orchestrator.sagas');
    await kept.round({});
    expect(await rowsOf('orchestrator.sagas')).to.equal(before);
    expect(await planMonths(() => kept.db, { months: {}, exportFolder: null }, NOW)).to.deep.equal([]);
  });

  it('leaves a month in which a row still lives, with the reason, and the newer ones with it', async () => {
    const [one] = await kept.db.query<{ id: string }>(
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
      await kept.db
        .transaction(async (sql) => {
          await sql.execute(statement.replaceAll('$1', one?.id ?? ''));
          // All questions in the transaction, one after the other.
          let last: Promise<unknown> = Promise.resolve();
          const query = ((...given: Parameters<Database['query']>) =>
            (last = last.catch(() => {}).then(() => sql.query(...given)))) as Database['query'];
          const on = () => ({ ...kept.db, query });
          const planned = await planMonths(on, { months: KEPT, exportFolder: kept.exportFolder }, NOW);
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
      const on = () => ({ ...kept.db, execute: failing(kept.db.execute), query: failing(kept.db.query) });
      const ended = await kept.round({ orders: 14 }, on).catch((error: Error) => error);
      expect(await kept.violations(), `after ${left} statements`).to.deep.equal([]);
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
    const files = readdirSync(kept.exportFolder);
    expect(files).to.include(`orchestrator.journal_${OLDEST.name}.jsonl.gz`);
    expect(files.filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    const file = join(kept.exportFolder, `orchestrator.orders_${OLDEST.name}.jsonl.gz`);
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
    const cut = join(kept.exportFolder, 'cut.jsonl.gz');
    writeFileSync(cut, bytes.subarray(0, bytes.length - 20));
    expect(await contentOf(cut).catch((error: Error) => error)).to.be.instanceOf(Error);
  });

  it('drops a month while orders are accepted and run, and refuses none', async () => {
    const shop = await openSmallShop(kept.url);
    const reader = Promise.withResolvers<void>();
    // A report that reads the month: the drop waits for it, and nobody waits for the drop.
    const reading = kept.db.transaction(async (sql) => {
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
    const dropping = kept.round({ orders: 13, movements: 13 }).then((ran) => {
      isOver = true;
      return ran;
    });
    const accepted: string[] = [];
    const pending = () => partitionsOf(kept.db, 'orchestrator.sagas');
    for (let i = 0; i < 20; i++) accepted.push(...(await shop.run([{}, { country: 'AQ' }])));
    expect(isOver, 'the drop waits for the reader').to.equal(false);
    reader.resolve();
    await reading;
    while (!isOver) accepted.push(...(await shop.run([{}])));
    expect(await dropping).to.equal(true);
    expect(accepted).not.to.include('refused');
    await shop.close();
    expect((await pending()).filter((name) => name.endsWith(OLD.name.replace('-', '_')))).to.deep.equal([]);
    const [left] = await kept.db.query<{ rows: number }>(
      `SELECT (SELECT count(*) FROM orchestrator.orders WHERE id < $1::uuid)::int
            + (SELECT count(*) FROM inventory.movements WHERE at < $2::timestamptz)::int AS rows`,
      uuidv7Floor(monthStart(NOW, -13).getTime()),
      monthStart(NOW, -13),
    );
    expect(left?.rows).to.equal(0);
    expect(await kept.violations()).to.deep.equal([]);
    expect((await audited()).map(({ detail }) => detail)).to.have.length(4);
  });
});
