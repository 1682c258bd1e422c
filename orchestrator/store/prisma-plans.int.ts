/** The statements Prisma sends for the admin surface stay probes of an index when the tables are full. */
import { expect } from 'chai';
import { recordedPrisma, type Statement } from '#platform/postgres/testing/recorded-prisma.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { type ActionStore, actionStore } from './action-store.ts';
import { lastActivations } from './activations.ts';
import { type DeadLetterStore, deadLetterStore, type LetterQuery } from './dead-letter-store.ts';

const ROWS = 30_000;
const LIMIT = 50;

const FILL = [
  `INSERT INTO orchestrator.actions (id, seq, saga_id, action, actor, role, reason, created_at, previous_hash, hash,
     state, idempotency_key)
   SELECT gen_random_uuid(), n, gen_random_uuid(), 'retry', 'actor-' || n % 300, 'r', 'w', now(), '', '', 'applied', n::text
     FROM generate_series(1, ${ROWS}) n`,
  `INSERT INTO orchestrator.dead_letters (partition, record_offset, saga_id, value, parked_by, parked_at, reason, text,
     origin_topic, origin_partition, origin_offset)
   SELECT 0, n, gen_random_uuid(), decode(n::text, 'escape'), 'engine', now(), 'not-json', '', 'topic-' || n % 5, 0, n
     FROM generate_series(1, ${ROWS}) n`,
  `INSERT INTO orchestrator.activations (seq, definition, version, activated_at, activated_by)
   SELECT n, 'order', n, now(), 'ada' FROM generate_series(1, ${ROWS}) n`,
  'ANALYZE orchestrator.actions, orchestrator.dead_letters, orchestrator.activations',
];

interface Stores {
  readonly actions: ActionStore;
  readonly letters: DeadLetterStore;
  readonly activations: () => Promise<unknown>;
}

const ALL_LETTERS: LetterQuery = { sagaId: null, reason: null, topic: null, waiting: null, before: null };
const ALL_ENTRIES = {
  ...{ before: null, sagaId: null, actor: null, action: null, batchId: null },
  ...{ createdAfter: null, createdBefore: null },
};

describe("Prisma's statements on full tables", () => {
  let test: TestDatabase;
  let sagaId: string;
  let stores: Stores;
  const sent: Statement[] = [];

  before(async () => {
    test = await openTestDatabase();
    const prisma = recordedPrisma(test.db, (statement) => sent.push(statement));
    stores = {
      actions: actionStore(test.db, prisma),
      letters: deadLetterStore(test.db, prisma),
      activations: () => lastActivations(prisma, LIMIT),
    };
    for (const statement of FILL) await test.db.execute(statement);
    const text = 'SELECT saga_id::text AS id FROM orchestrator.actions LIMIT 1';
    sagaId = (await test.db.query<{ id: string }>(text))[0]?.id ?? '';
  });
  after(() => test?.close());

  const cases: Record<string, [(on: Stores) => Promise<unknown>, RegExp]> = {
    'an action by its id': [({ actions }) => actions.read(sagaId), /actions_pkey/],
    'the actions of a saga': [({ actions }) => actions.ofSaga(sagaId, LIMIT), /actions_saga_id_idx/],
    'the chain after a link': [({ actions }) => actions.chain(ROWS - LIMIT, LIMIT), /actions_seq_key/],
    'the newest entries': [
      ({ actions }) => actions.audit(ALL_ENTRIES, LIMIT),
      /Backward using actions_seq_key/,
    ],
    'the entries before another': [
      ({ actions }) => actions.audit({ ...ALL_ENTRIES, before: ROWS / 2 }, LIMIT),
      /Backward using actions_seq_key/,
    ],
    'the entries of a saga': [
      ({ actions }) => actions.audit({ ...ALL_ENTRIES, sagaId }, LIMIT),
      /actions_saga_id_idx/,
    ],
    'the entries of an actor': [
      ({ actions }) => actions.audit({ ...ALL_ENTRIES, actor: 'actor-7' }, LIMIT),
      /actions_(actor_idempotency_key_key|seq_key)/,
    ],
    'the entries of a kind': [
      ({ actions }) => actions.audit({ ...ALL_ENTRIES, action: 'brake' }, LIMIT),
      /actions_action_seq_idx/,
    ],
    'the entries of a batch': [
      ({ actions }) => actions.audit({ ...ALL_ENTRIES, batchId: sagaId }, LIMIT),
      /actions_batch_id_seq_idx/,
    ],
    'the entries of a time': [
      ({ actions }) => actions.audit({ ...ALL_ENTRIES, createdBefore: new Date(0) }, LIMIT),
      /actions_created_at_idx/,
    ],
    'the newest letters': [
      ({ letters }) => letters.list(ALL_LETTERS, LIMIT),
      /Backward using dead_letters_pkey/,
    ],
    'the waiting letters before an offset': [
      ({ letters }) => letters.list({ ...ALL_LETTERS, waiting: true, before: ROWS / 2 }, LIMIT),
      /Backward using dead_letters_pkey/,
    ],
    'the letters of a saga': [
      ({ letters }) => letters.list({ ...ALL_LETTERS, sagaId }, LIMIT),
      /dead_letters_saga_id_idx/,
    ],
    'a letter by its position': [
      ({ letters }) => letters.read({ partition: 0, offset: 7 }),
      /dead_letters_pkey/,
    ],
    'the newest activations': [({ activations }) => activations(), /Backward using activations_pkey/],
  };

  for (const [what, [run, index]] of Object.entries(cases)) {
    it(`reads ${what} by an index`, async () => {
      sent.length = 0;
      await run(stores);
      const [only, ...more] = sent;
      if (only === undefined) throw new Error('Prisma sent no statement');
      expect(more, 'one statement').to.deep.equal([]);
      const lines = await test.db.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, TIMING OFF) ${only.text}`,
        ...only.values,
      );
      const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
      expect(plan)
        .to.match(index)
        .and.not.to.match(/Seq Scan/);
    });
  }

  it('counts the letters with the same bytes', async () => {
    const found = await stores.letters.read({ partition: 0, offset: 7 });
    expect(found).to.include({ originTopic: 'topic-2', parkedTimes: 1 });
  });
});
