/** Every statement the API sends through the driver stays a probe of an index when the tables are full. */
import { expect } from 'chai';
import { NOTHING_PENDING } from '#engine/saga.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { acceptedStore } from './accepted-store.ts';
import { actionStore } from './action-store.ts';
import { backlogStore } from './backlog-store.ts';
import { erasureStore } from './erasure-store.ts';
import { failureStore } from './failure-store.ts';
import { intakeStore } from './intake-store.ts';
import type { PageRequest } from './list-sagas.ts';
import { beforeAll, liveStore } from './live-store.ts';
import { PARTITIONED } from './tables.ts';
import { viewStore } from './view-store.ts';
import { whyStore } from './why-store.ts';

const SAGAS = 30_000;
const LIVE_EVERY = 100;

const FILL = [
  `INSERT INTO orchestrator.sagas (id, definition, definition_version, partition, customer_id, input, created_at, version,
     state, status, context, pending, state_since, due_at)
   SELECT uuidv7(), 'order', 1, n % 12, 'customer-' || n % 1000, '{"amount":1,"currency":"EUR"}', now(), 2,
     'chargingPayment', 'running', '{}', '{}', now(), CASE WHEN n % ${LIVE_EVERY} = 0 THEN now() END
     FROM generate_series(1, ${SAGAS}) n`,
  `INSERT INTO orchestrator.orders SELECT id, customer_id, id::text, 'hash', 'EUR', 1, created_at FROM orchestrator.sagas`,
  `INSERT INTO orchestrator.journal SELECT id, id || '/' || v, v, now(), 't', 'a', 'b', '{}', '{}', '[]', 'x', 0, 0
     FROM orchestrator.sagas, generate_series(1, 2) v`,
  `INSERT INTO orchestrator.unmatched SELECT id, 'm', 't', 'r', '{}', now(), now() FROM orchestrator.sagas`,
  `INSERT INTO orchestrator.actions (id, seq, saga_id, action, actor, role, reason, created_at, previous_hash, hash,
     state, idempotency_key)
   SELECT gen_random_uuid(), n, gen_random_uuid(), 'retry', 'a', 'r', 'w', now(), '', '', 'applied', n::text
     FROM generate_series(1, ${SAGAS}) n`,
  'ANALYZE orchestrator.sagas, orchestrator.orders, orchestrator.journal, orchestrator.unmatched, orchestrator.actions',
];

const EVERYTHING: PageRequest = {
  filter: {},
  sort: 'newest',
  fields: [],
  asOfMs: Date.now(),
  after: null,
  limit: 10,
};

describe("the API's statements on full tables", () => {
  let test: TestDatabase;
  const sent = new Map<string, { text: string; values: unknown[] }>();
  before(async () => {
    test = await openTestDatabase(...PARTITIONED.map(({ name }) => name));
    for (const statement of FILL) await test.db.execute(statement);
    await runEveryStatement();
  });
  after(() => test?.close());

  /** A database that records the statements of a call. */
  function recording(name: string): Database {
    let nth = 0;
    const note = (text: string, values: unknown[]) => sent.set(`${name} ${++nth}`, { text, values });
    const noted =
      (sql: Sql): Sql['query'] =>
      (text, ...values) => {
        note(text, values);
        return sql.query(text, ...values);
      };
    return {
      ...test.db,
      query: noted(test.db),
      transaction: (work) => test.db.transaction((sql) => work({ ...sql, query: noted(sql) })),
    };
  }

  async function runEveryStatement(): Promise<void> {
    const [one] = await test.db.query<{ id: string }>('SELECT id::text FROM orchestrator.sagas LIMIT 1');
    const id = one?.id ?? '';
    const now = new Date();
    const birth = {
      id: uuidv7(now.getTime()),
      customerId: 'customer-1',
      idempotencyKey: 'key',
      requestHash: 'hash',
      currency: 'EUR',
      amount: 1,
      createdAt: now,
      definition: 'order',
      definitionVersion: 1,
      partition: 0,
      input: {},
      context: {},
      pending: NOTHING_PENDING,
      state: 'created',
      status: 'running',
      dueAt: now,
    };
    await intakeStore(recording('insert')).insert([birth]);
    await intakeStore(recording('read earlier')).readEarlier([birth]);
    await acceptedStore(recording('accepted')).acceptedBetween(now.getTime() - 60_000, now.getTime(), 500);
    await backlogStore(recording('backlog')).firstUnstarted(
      now.getTime() - 60_000,
      now.getTime() + 60_000,
      100,
    );
    await viewStore(recording('saga')).saga(id);
    await viewStore(recording('journal')).journal(id, 100);
    await viewStore(recording('unmatched')).unmatched(id, 100);
    await viewStore(recording('list all')).list(EVERYTHING);
    await viewStore(recording('list live')).list({ ...EVERYTHING, filter: {}, sort: 'longestInState' });
    await viewStore(recording('list customer')).list({ ...EVERYTHING, filter: { customerId: 'customer-7' } });
    const { horizon } = await liveStore(test.db).after(beforeAll('0'), null, 1);
    await liveStore(recording('live')).after(
      { ...beforeAll(horizon), xid: String(BigInt(horizon) - 1n) },
      null,
      1_000,
    );
    await liveStore(recording('live resumed')).after(beforeAll('1'), null, 1_000);
    await liveStore(recording('live of sagas')).ofSagas([{ sagaId: id, version: 1 }], {
      each: 200,
      all: 5_000,
    });
    await actionStore(recording('action under key'), openPrisma(test.db)).underKey('a', '7');
    await erasureStore(recording('plan of an erasure')).plan('customer-7');
    await whyStore(recording('why active')).active('chargingPayment', now, ['gateway-limited']);
    await whyStore(recording('why reported')).reported(id, ['payment.delayed']);
    await whyStore(recording('why held')).heldBefore(id, id);
    await whyStore(recording('why usual')).usual(now.getTime());
    await failureStore(recording('failures')).count();
  }

  const planOf = async (name: string) => {
    const { text, values } = sent.get(name) ?? { text: '', values: [] };
    const lines = await test.db.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, TIMING OFF) ${text}`,
      ...values,
    );
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  };

  it('read no table from end to end', async () => {
    expect(sent.size).to.equal(20);
    for (const name of sent.keys())
      expect(await planOf(name), name).not.to.match(/Seq Scan on (sagas|orders|journal|unmatched|actions)/);
  });

  it('read moves in the order of transactions by their index, no more than a page of many', async () => {
    for (const name of ['live 1', 'live resumed 1']) {
      const plan = await planOf(name);
      expect(plan, name).to.match(/Index Scan using journal_\w*xid_saga_id_version_idx/);
      const reads = [...plan.matchAll(/Scan.*?on (?:journal|sagas)_\w+.*?rows=([\d.]+) loops=(\d+)/g)];
      const touched = reads.reduce((sum, [, found, loops]) => sum + Number(found) * Number(loops), 0);
      expect(touched, plan).to.be.at.most(name === 'live 1' ? 10 : 3_000);
    }
  });

  it('find live sagas by their index, and read no others', async () => {
    for (const name of ['list live 1', 'failures 1']) {
      const plan = await planOf(name);
      expect(plan, name).to.match(
        /Index.*Scan.* using sagas_\w*due_at_idx|Bitmap Index Scan on sagas_\w*due_at_idx/,
      );
      const reads = [...plan.matchAll(/Scan.*?on sagas_\w+.*?rows=([\d.]+) loops=(\d+)/g)];
      const touched = reads.reduce((sum, [, found, loops]) => sum + Number(found) * Number(loops), 0);
      expect(touched, name)
        .to.be.greaterThan(0)
        .and.at.most((4 * SAGAS) / LIVE_EVERY);
    }
  });
});
