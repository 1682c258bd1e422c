/** Every statement of the work on dead letters, batches and failed compensations stays a probe of an index on full tables. */
import { expect } from 'chai';
import type { Database } from '#platform/postgres/database.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { batchStore } from './batch-store.ts';
import { compensationFailureStore } from './compensation-failure-store.ts';
import type { LetterFilter } from './letter-rows.ts';
import { letterWorkStore } from './letter-work-store.ts';
import { PARTITIONED } from './tables.ts';

const LETTERS = 30_000;
const BATCHES = 300;
const ITEMS = 100;
const SAGAS = 20_000;
const STUCK_EVERY = 2_000;

const FILL = [
  `INSERT INTO orchestrator.dead_letters (partition, record_offset, saga_id, value, parked_by, parked_at, reason, text,
     origin_topic, origin_partition, origin_offset)
   SELECT 0, n, gen_random_uuid(), decode(n::text, 'escape'), 'engine', now(), 'not-json', 'text ' || chr(97 + n % 20),
     'topic-' || n % 5, 0, n FROM generate_series(1, ${LETTERS}) n`,
  `INSERT INTO orchestrator.dead_letter_claims SELECT 1, n, gen_random_uuid(), now() FROM generate_series(1, ${LETTERS}) n`,
  `INSERT INTO orchestrator.batches (id, kind, params, plan_hash, total, per_second, actor, role, reason, created_at, due_at, state, ended_at)
   SELECT gen_random_uuid(), 'note', '{}', '', ${ITEMS}, 1, 'a', 'r', 'w', now() - n * interval '1 minute', now(),
     CASE WHEN n = 1 THEN 'running' ELSE 'done' END, CASE WHEN n > 1 THEN now() END FROM generate_series(1, ${BATCHES}) n`,
  `INSERT INTO orchestrator.batch_items (batch_id, number, target, seen, state, outcome)
   SELECT id, n, '0/' || n, '{}', CASE WHEN state = 'running' THEN 'waiting' ELSE 'ended' END,
     CASE WHEN state <> 'running' THEN 'sent' END FROM orchestrator.batches, generate_series(1, ${ITEMS}) n`,
  `INSERT INTO orchestrator.sagas (id, definition, definition_version, partition, customer_id, input, created_at, version,
     state, status, context, pending, state_since, due_at, stuck)
   SELECT uuidv7(), 'order', 1, n % 12, 'c', '{}', now(), 2, 'compensating.refundingPayment', 'compensating', '{}',
     '{"refusedUndos":{"x/payment.refund":{}}}', now(), CASE WHEN n % 100 = 0 THEN now() END,
     CASE WHEN n % ${STUCK_EVERY} = 0 THEN '{"since":"2026","code":"refund-refused"}'::json END
     FROM generate_series(1, ${SAGAS}) n`,
  `INSERT INTO orchestrator.journal SELECT id, id || '/' || v, v, now(), 't', 'a', 'b', '{}', '{}', '[]', 'x', 0, 0
     FROM orchestrator.sagas, generate_series(1, 2) v`,
  `ANALYZE orchestrator.dead_letters, orchestrator.dead_letter_claims, orchestrator.batches, orchestrator.batch_items,
     orchestrator.sagas, orchestrator.journal`,
];
const ANY: LetterFilter = {
  sagaId: null,
  reason: null,
  topic: null,
  group: null,
  state: null,
  parkedBefore: null,
  parkedAfter: null,
  upTo: null,
};
const PLACES = [1, 7, 30].map((offset) => ({ partition: 0, offset }));

const STOPPED = { wave: 1, failed: 1, of: 1, fingerprint: null, example: 's', text: 't', at: 0 };

describe('the statements of dead letters and batches on full tables', () => {
  let test: TestDatabase;
  const sent: Array<{ what: string; text: string; values: unknown[] }> = [];
  let what = '';
  before(async () => {
    test = await openTestDatabase(...PARTITIONED.map(({ name }) => name));
    for (const statement of FILL) await test.db.execute(statement);
    await runEveryStatement();
  });
  after(() => test?.close());

  const noting = <Sql extends Pick<Database, 'query' | 'execute'>>(sql: Sql): Sql => ({
    ...sql,
    query: (text: string, ...values: unknown[]) => {
      sent.push({ what, text, values });
      return sql.query(text, ...values);
    },
    execute: (text: string, ...values: unknown[]) => {
      sent.push({ what, text, values });
      return sql.execute(text, ...values);
    },
  });

  async function runEveryStatement(): Promise<void> {
    const db: Database = {
      ...noting(test.db),
      transaction: (work) => test.db.transaction((sql) => work(noting(sql))),
    };
    const [letters, batches, failures] = [letterWorkStore(db), batchStore(db), compensationFailureStore(db)];
    const run = async (name: string, work: () => Promise<unknown>) => {
      what = name;
      await work();
    };
    const claim = crypto.randomUUID();
    await run('groups', () => letters.groups(ANY, 50, 1_000));
    await run('choose', () => letters.choose(ANY, 1_000));
    await run('choose these', () => letters.chooseThese(PLACES));
    await run('last offset', () => letters.lastOffset());
    await run('read all', () => letters.readAll(PLACES));
    await run('claim', () => letters.claim(PLACES, claim, 1_000));
    await run('note sent', () => letters.noteAllSent(PLACES, claim, new Date()));
    await run('unclaim', () => letters.unclaim(PLACES, claim));
    await run('discard', () => letters.discardAll(PLACES, new Date()));
    await run('parked after', () => letters.parkedAfter(PLACES.map((place) => ({ ...place, after: 3 }))));
    await run('sagas', () => letters.sagasOf([crypto.randomUUID()]));
    const lease = await batches.claim(60_000);
    if (lease === null) throw new Error('no batch');
    await run('claim a batch', () => batches.claim(60_000));
    await run('open items', () => batches.open(lease, 'waiting', 10));
    await run('items', () => batches.items(lease.id, { state: null, outcome: null, after: 5 }, 10));
    await run('progress', () => batches.progress(lease.id));
    await run('waves', () => batches.waves(lease));
    await run('count batches', () => batches.counts());
    await run('stop', () => batches.stop({ ...lease, fence: -1 }, STOPPED));
    await run('record', () =>
      batches.record(lease, [{ number: 1, state: 'ended', outcome: 'sent', detail: null }]),
    );
    await run('release', () => batches.release(lease, 1_000));
    await run('list batches', () => batches.list(null, 10));
    await run('failures', () => failures.list(null, 10));
    await run('answers', () => failures.answers([{ sagaId: crypto.randomUUID(), messageId: 'm' }]));
  }

  const planOf = async (text: string, values: unknown[]) => {
    const lines = await test.db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, ...values);
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  };

  it('read no table from end to end', async () => {
    expect(new Set(sent.map((one) => one.what)).size).to.equal(23);
    for (const { what: name, text, values } of sent)
      expect(await planOf(text, values), name).not.to.match(
        /Seq Scan on (dead_letters|dead_letter_claims|batches|batch_items|sagas|journal)/,
      );
  });

  const INDEXES: Readonly<Record<string, RegExp>> = {
    groups: /Backward using dead_letters_pkey/,
    choose: /using dead_letters_pkey/,
    'read all': /dead_letters_pkey[\s\S]*dead_letters_content_idx/,
    claim: /dead_letter_claims/,
    'parked after': /dead_letters_content_idx/,
    'claim a batch': /batches_due_idx/,
    'open items': /batch_items_open_idx/,
    items: /batch_items_pkey/,
    waves: /batch_items_pkey/,
    'count batches': /batches_due_idx/,
    'list batches': /batches_created_idx/,
    failures: /sagas_\w*id_idx\d?\b|sagas_stuck_idx/,
    answers: /journal_\w*pkey/,
  };
  for (const [name, index] of Object.entries(INDEXES))
    it(`finds what “${name}” needs by its index`, async () => {
      const [found] = sent.filter((one) => one.what === name);
      expect(await planOf(found?.text ?? '', found?.values ?? [])).to.match(index);
    });
});
