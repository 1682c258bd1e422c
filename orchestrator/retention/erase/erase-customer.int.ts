/** An erased customer is in no table and no export; replays, what-if, the audit's chain and the ledger hold. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { actionChain } from '#auditor/invariants/action-chain.ts';
import { verifyJournal } from '#engine/verify-journal.ts';
import { sagas } from '#orchestrator/sagas/index.ts';
import { insertCoupon } from '#participants/coupon/redemption/testing/insert-coupon.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { ENDING_MS } from '#platform/identity/ended-tokens.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions, monthStart } from '#platform/postgres/month-partitions.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { silent } from '#platform/process/log.ts';
import { replayAll } from '#scripts/operate/what-if/replay-all.ts';
import { type FreshDatabase, freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { multiplyOrder } from '#scripts/verify/ledger/many-orders.ts';
import { openSmallShop, type SmallShop } from '#scripts/verify/ledger/testing.ts';
import { verifyLedger } from '#scripts/verify/ledger/verify.ts';
import { actionStore } from '../../store/action-store.ts';
import { appendAction } from '../../store/append-audit.ts';
import { brokenLink } from '../../store/audit-chain.ts';
import { endedTokenStore } from '../../store/ended-token-store.ts';
import { erasureStore } from '../../store/erasure-store.ts';
import { journalChainStore } from '../../store/journal-chain-store.ts';
import { savedViewStore } from '../../store/saved-view-store.ts';
import { PARTITIONED } from '../../store/tables.ts';
import { contentOf } from '../export-rows.ts';
import { monthFrom } from '../months.ts';
import { eraseRound, retentionRound } from '../round.ts';

const NOW = Date.now();
const OLD = monthFrom(monthStart(NOW, -14));
const ANN = 'ann.noether@example.org';
const ADDRESS = { name: 'Ann Noether', line1: '17 Hidden Street', city: 'Secretsville', postalCode: '99X17' };
/** Everything of her that must be nowhere. */
/** Of columns that no list names; one of them is dropped once a month with it is exported. */
const UNLISTED = 'Happy birthday, Emmy';
const PLAINTEXT = [ANN, ...Object.values(ADDRESS), 'cus_ann_17', 'pm_card_visa_ann', 'Noether', UNLISTED];
const ORDER = { customerId: ANN, address: ADDRESS, customer: 'cus_ann_17', method: 'pm_card_visa_ann' };

describe('the erasure of a customer', () => {
  let database: FreshDatabase;
  let db: Database;
  let shop: SmallShop;
  let folder: string;
  let mails: string;
  let ids: string[];
  let salts: Map<string, string | null>;
  before(async () => {
    database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
    db = openDatabase(database.url, { pool: 6, processName: 'retention' });
    shop = await openSmallShop(database.url);
    folder = mkdtempSync(join(tmpdir(), 'export-'));
    mails = mkdtempSync(join(tmpdir(), 'mails-'));
    const coupon = await insertCoupon(db, { userId: ANN });
    await insertCoupon(db, { userId: ANN });
    ids = await shop.run([
      ORDER,
      { ...ORDER, couponId: coupon.couponId },
      { ...ORDER, country: 'AQ' },
      { ...ORDER, sku: 'sold-out-mug' },
    ]);
    salts = await saltsOf(ids);
    await shop.run([{ customerId: 'bob@example.org' }, {}]);
    const [first = '', second = ''] = ids;
    await act(
      first,
      'olga',
      { input: { shippingAddress: { country: 'DE', ...ADDRESS } } },
      'Ann Noether has moved',
    );
    await act(second, ANN, {}, 'changed my mind');
    await act(second, 'olga', {}, 'a note');
    await endedTokens(NOW - ENDING_MS).end({
      id: crypto.randomUUID(),
      ended: { subject: ANN, tokenId: null },
      by: { actor: 'ada', role: 'admin', reason: 'Ann Noether lost her telephone' },
      idempotencyKey: null,
    });
    await db.execute(
      `INSERT INTO orchestrator.unmatched SELECT saga_id, 'm', type, 'r', message, now(), now()
         FROM orchestrator.journal WHERE saga_id = $1::uuid AND type = 'order.created'`,
      first,
    );
    for (const [name, filter] of [
      ['her orders', { customerId: ANN }],
      [`of ${ANN}`, {}],
      ['others', { stuck: true }],
    ] as const)
      await savedViewStore(db, now).create(
        crypto.randomUUID(),
        { name, filter, sort: 'newest', shared: true },
        { actor: 'olga', role: 'operator', reason: 'r' },
      );
    await db.execute('ALTER TABLE shipping.shipments ADD COLUMN unlisted text, ADD COLUMN former text');
    await db.execute(
      'UPDATE shipping.shipments SET unlisted = $1, former = $1 WHERE saga_id = $2::uuid',
      UNLISTED,
      first,
    );
    await ensurePartitions(db, [...PARTITIONED, ...PARTICIPANT_TABLES], OLD.from.getTime(), [0]);
    await multiplyOrder(database.url, first, 20, OLD.until);
    await letter(1, first, JSON.stringify({ subject: first, data: { customerId: ANN, address: ADDRESS } }));
    await letter(2, null, `not JSON, of ${ANN}`);
    await letter(3, null, 'of nobody');
    await db.execute(
      `UPDATE orchestrator.dead_letters SET edits = 1, edited_at = now(), edited_value = $1::bytea WHERE record_offset = 1`,
      Buffer.from(
        JSON.stringify({
          subject: first,
          data: { customerId: ANN, address: { ...ADDRESS, line2: 'corrected' } },
        }),
      ),
    );
    mkdirSync(join(mails, '2026-11-22', '10'), { recursive: true });
    for (const id of [first, '00000000-0000-7000-8000-000000000000'])
      writeFileSync(join(mails, '2026-11-22', '10', `${id}.order.completed.eml`), `To: ${ANN}`);
  });
  after(async () => {
    await shop.close();
    await db.close();
    rmSync(folder, { recursive: true });
    rmSync(mails, { recursive: true });
    await database[Symbol.asyncDispose]();
  });

  const now = () => NOW;
  async function saltsOf(of: readonly string[]): Promise<Map<string, string | null>> {
    const rows = await db.query<{ id: string; salt: string | null }>(
      'SELECT id::text, journal_salt::text AS salt FROM orchestrator.sagas WHERE id = ANY ($1::uuid[])',
      of,
    );
    return new Map(rows.map(({ id, salt }) => [id, salt]));
  }
  async function act(sagaId: string, actor: string, params: object, reason: string) {
    const { row } = await appendAction(
      db,
      {
        id: crypto.randomUUID(),
        sagaId,
        action: 'edit',
        revision: 1,
        actor,
        role: actor === ANN ? 'customer' : 'operator',
        reason,
        params: { ...params },
        idempotencyKey: actor === ANN ? 'her key' : null,
        planHash: null,
      },
      now,
    );
    await db.execute(
      `UPDATE orchestrator.actions SET state = 'refused', ended_at = now() WHERE id = $1::uuid`,
      row.id,
    );
  }
  const endedTokens = (nowMs: number) => endedTokenStore(db, () => nowMs);
  const letter = (offset: number, sagaId: string | null, value: string) =>
    db.execute(
      `INSERT INTO orchestrator.dead_letters (partition, record_offset, saga_id, key, value, parked_by, parked_at, reason, text,
         origin_topic, origin_partition, origin_offset)
       VALUES (0, $1, $2::uuid, $3::bytea, $4::bytea, 'a', now(), 'r', $5, 'o', 0, 0)`,
      offset,
      sagaId,
      Buffer.from(ANN),
      Buffer.from(value),
      `a text about ${ANN}`,
    );
  /** Where a text stands: every text, json and bytea column of every table. */
  async function placesOf(plaintext: string): Promise<string[]> {
    const columns = await db.query<{ name: string; column: string; type: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name, column_name AS column, data_type AS type
         FROM information_schema.columns
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
          AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')`,
    );
    const found: string[] = [];
    for (const { name, column, type } of columns) {
      const text = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
      const [row] = await db.query<{ rows: number }>(
        `SELECT count(*)::int AS rows FROM ${name} WHERE position($1 IN ${text}) > 0`,
        plaintext,
      );
      if (row !== undefined && row.rows > 0) found.push(`${name}.${column}: ${row.rows}`);
    }
    return found;
  }
  const erase = () => eraseRound({ of: () => db, exportFolder: folder, mailFolder: mails, now });
  const request = async (customerId = ANN) => {
    const by = { actor: 'ada', role: 'admin', reason: 'by letter of today' };
    const made = await erasureStore(db).request({ id: crypto.randomUUID(), customerId, ...by }, now);
    if (made === 'mismatch' || 'changed' in made) throw new Error('without a plan nothing differs from it');
    return made;
  };
  const violations = async () =>
    (await verifyLedger({ databaseUrl: database.url })).filter((one) => one.violations > 0);
  const whatIf = async () => {
    const differences: unknown[] = [];
    const summary = await replayAll(
      db,
      { definitions: sagas(), sinceMs: NOW - 3_600_000, definition: null, limit: 1_000 },
      (one) => differences.push(one),
    );
    expect(differences).to.deep.equal([]);
    return summary;
  };
  const chain = () => actionStore(db, openPrisma(db)).chain(0, 1_000);

  it('is found in many tables before, in rows and in the exports of dropped months', async () => {
    await retentionRound({
      of: () => db,
      settings: { months: { orders: 13 }, exportFolder: folder },
      log: silent,
      now,
    });
    expect(readdirSync(folder).length).to.be.above(10);
    await db.execute('ALTER TABLE shipping.shipments DROP COLUMN former');
    expect(await placesOf(ANN)).to.have.length.above(10);
    for (const plaintext of PLAINTEXT) expect(await placesOf(plaintext), plaintext).not.to.have.length(0);
    expect(await violations()).to.deep.equal([]);
    expect((await whatIf()).replayed).to.equal(6);
  });

  it('waits while an order of hers is under way, and says for which', async () => {
    const [id = ''] = ids;
    await db.execute('UPDATE orchestrator.sagas SET due_at = now() WHERE id = $1::uuid', id);
    const { id: erasureId } = await request();
    expect((await request()).id, 'one request at a time').to.equal(erasureId);
    await erase();
    const waiting = await erasureStore(db).read(erasureId);
    expect(waiting).to.include({ state: 'waiting' });
    expect(waiting?.detail).to.match(/^waits for 1 sagas that have not ended.* the first of order /);
    expect(await placesOf(ADDRESS.line1)).not.to.have.length(0);
    await db.execute('UPDATE orchestrator.sagas SET due_at = NULL WHERE id = $1::uuid', id);
  });

  it('leaves no plaintext in any column of any table', async () => {
    expect(await placesOf(ANN)).to.include('identity.ended_tokens.subject: 1');
    await endedTokens(NOW).deleteExpired();
    await erase();
    const [erasure] = await db.query<{ state: string; detail: string }>(
      'SELECT state, detail FROM orchestrator.erasures',
    );
    expect(erasure).to.deep.equal({ state: 'done', detail: '4 orders and 4 entries of the audit' });
    for (const plaintext of PLAINTEXT) expect(await placesOf(plaintext), plaintext).to.deep.equal([]);
    const views = await db.query('SELECT name FROM orchestrator.saved_views');
    expect(views).to.deep.equal([{ name: 'others' }]);
    const others = await placesOf('bob@example.org');
    expect(others).to.include.members([
      'orchestrator.orders.customer_id: 1',
      'orchestrator.sagas.customer_id: 1',
    ]);
  });

  it('leaves none in exports, whose checksums the audit bears, and no mail of hers', async () => {
    const [entry] = await db.query<{
      params: { exports: Array<{ file: string; rows: number; sha256: string }> };
    }>(`SELECT params FROM orchestrator.actions WHERE action = 'erase-customer'`);
    const names = entry?.params.exports.map(({ file }) => file.slice(folder.length + 1)) ?? [];
    expect(names).to.include.members([
      `orchestrator.journal_${OLD.name}.jsonl.gz`,
      `shipping.shipments_${OLD.name}.jsonl.gz`,
    ]);
    for (const name of readdirSync(folder)) {
      const text = gunzipSync(readFileSync(join(folder, name))).toString();
      for (const plaintext of PLAINTEXT)
        expect(text.includes(plaintext), `${plaintext} in ${name}`).to.equal(false);
    }
    for (const { file, rows, sha256 } of entry?.params.exports ?? [])
      expect(await contentOf(file)).to.deep.equal({ rows, sha256 });
    expect(readdirSync(join(mails, '2026-11-22', '10'))).to.deep.equal([
      '00000000-0000-7000-8000-000000000000.order.completed.eml',
    ]);
  });

  it('leaves the ledger, the replays and the what-if whole', async () => {
    expect(await violations()).to.deep.equal([]);
    expect(await whatIf()).to.deep.equal({ replayed: 6, differ: 0, unknown: {} });
  });

  it('leaves the chain whole, and its entries as they were but for the words', async () => {
    const links = await chain();
    expect(brokenLink(links)).to.equal(null);
    const erased = links.filter(({ erasedBy }) => erasedBy !== null);
    expect(
      erased.map(({ actor, action, reason, params }) => ({ actor, action, reason, params })),
    ).to.deep.equal(
      [
        ['olga', 'edit'],
        [erased[1]?.actor, 'edit'],
        ['olga', 'edit'],
        ['ada', 'end-tokens'],
      ].map(([actor, action]) => ({ actor, action, reason: 'erased', params: {} })),
    );
    expect(erased[1]?.actor).to.match(/^erased-/);
    expect((await actionChain.judge({ sql: db, limits: { unstartedMs: 0, mailMs: 0 } })).violations).to.equal(
      0,
    );
  });

  it('leaves the journals’ chains whole, and says which entries were erased', async () => {
    const store = journalChainStore(db);
    const range = { sagaId: null, after: null, from: null, until: null, limit: 100 };
    const verify = async () => {
      const chains = await store.chains(range);
      const vouched = await store.vouched(chains);
      return chains.map(({ head, links }) => ({
        id: head.sagaId,
        ...verifyJournal(head, links, vouched.get(head.sagaId) ?? new Map()),
      }));
    };
    const reports = await verify();
    expect(reports.flatMap(({ faults }) => faults)).to.deep.equal([]);
    const hers = reports.filter(({ id }) => ids.includes(id));
    expect(hers).to.have.length(ids.length);
    for (const { erased, entries } of hers) expect(erased).to.equal(entries).and.be.above(0);
    // Nobody can compare a guess with the digests: the salts they were made with are gone.
    for (const [id, salt] of await saltsOf(ids)) expect(salt).to.be.a('string').and.not.equal(salts.get(id));
    const others = reports.filter(({ id, unchained }) => !ids.includes(id) && unchained.length === 0);
    expect(others.map(({ erased }) => erased)).to.deep.equal(others.map(() => 0));

    const [first = ''] = ids;
    await db.execute(
      `UPDATE orchestrator.journal SET change = '{"paused":true}' WHERE saga_id = $1::uuid AND version = 2`,
      first,
    );
    const spoilt = (await verify()).find(({ id }) => id === first);
    expect(spoilt?.faults).to.deep.equal([
      { version: 1, what: 'entry 1 has been changed: the audit’s erasure left something else' },
    ]);
  });

  it('permits no other change of the audit', async () => {
    const entry = `(SELECT id FROM orchestrator.actions WHERE action = 'erase-customer')`;
    for (const change of [
      `UPDATE orchestrator.actions SET reason = 'x' WHERE erased_by IS NOT NULL`,
      `UPDATE orchestrator.actions SET reason = 'x', erased_by = ${entry} WHERE action = 'request-erasure'`,
      `UPDATE orchestrator.actions SET erased_by = NULL WHERE erased_by IS NOT NULL`,
    ]) {
      const refusal = await db.execute(change).catch((error: Error) => error.message);
      expect(refusal, change).to.match(/append-only/);
    }
    await db.execute('ALTER TABLE orchestrator.actions DISABLE TRIGGER USER');
    await db.execute(
      `UPDATE orchestrator.actions SET reason = 'x', erased_by = ${entry} WHERE action = 'request-erasure'`,
    );
    expect(brokenLink(await chain())).to.match(/no later action says that it was erased/);
    const { examples } = await actionChain.judge({ sql: db, limits: { unstartedMs: 0, mailMs: 0 } });
    expect(examples[0]?.what).to.match(/no later one says that it was erased/);
  });

  it('of a customer without data ends at once; a new order of hers is a new customer’s', async () => {
    const { id } = await request('nobody');
    await erase();
    expect(await erasureStore(db).read(id)).to.include({ state: 'done' });
    const [again = ''] = await shop.run([ORDER]);
    const [order] = await db.query<{ customer: string }>(
      'SELECT customer_id AS customer FROM orchestrator.orders WHERE id = $1::uuid',
      again,
    );
    expect(order?.customer).to.equal(ANN);
  });
});
