/** Batches on PostgreSQL: their fixed targets, the lease under which one process at a time carries out a wave, and the outcomes. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import type { ActionRow } from './action-rows.ts';
import { appendApplied, lockAudit, underKey, wasAppended } from './append-audit.ts';
import { carryOutBatchAct, planBatchAct } from './batch-acts.ts';
import type {
  BatchDraft,
  BatchItem,
  BatchItemQuery,
  BatchRow,
  BatchStore,
  BatchTarget,
  Lease,
  WaveCount,
} from './batch-rows.ts';
import { BATCH_COLUMNS, readBatch, readProgress, readWithProgress } from './read-batch.ts';

const ITEM = `i.number, i.target, i.seen, i.state, i.outcome, i.detail, i.acted_at AS "actedAt", i.fingerprint`;

const TARGETS = columns({ number: 'int4', target: 'text', seen: 'json' });
const OUTCOMES = columns({
  batchId: 'uuid',
  number: 'int4',
  state: 'text',
  outcome: 'text',
  detail: 'text',
  fingerprint: 'text',
});

/** The lease is free, or its holder is late. */
const CLAIM = `
WITH due AS MATERIALIZED (SELECT id FROM orchestrator.batches
   WHERE (state = 'running' OR state = 'stopped') AND due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
   ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE orchestrator.batches b SET fence = b.fence + 1, leased_until = now() + $1::float8 * interval '1 millisecond'
  FROM due WHERE ${probe('b.id', 'due.id')}
RETURNING ${BATCH_COLUMNS}, b.fence`;

/** Whatever became of the batch meanwhile, what was done to an item is true: a cancelled one that was acted on says so. */
const RECORD = `
UPDATE orchestrator.batch_items i SET outcome = l.outcome, detail = l.detail, fingerprint = l.fingerprint,
    acted_at = COALESCE(i.acted_at, now()), wave = COALESCE(i.wave, $2::int),
    state = CASE WHEN $1::text = 'cancelled' THEN 'ended' ELSE l.state END
  FROM ${OUTCOMES.from('l', 3)} WHERE ${probe('i.batch_id', 'l."batchId"')} AND ${probe('i.number', 'l.number')}`;

/** A stopped batch is due for as long as there is something to watch. */
const RELEASE = `
UPDATE orchestrator.batches b SET leased_until = NULL,
    due_at = CASE WHEN b.state = 'stopped' AND NOT o.is_watched THEN 'infinity'
                  ELSE now() + $3::float8 * interval '1 millisecond' END,
    state = CASE WHEN o.is_over THEN 'done' ELSE b.state END, ended_at = CASE WHEN o.is_over THEN now() ELSE b.ended_at END
  FROM (SELECT NOT EXISTS (SELECT FROM orchestrator.batch_items i WHERE i.batch_id = $1::uuid AND i.state <> 'ended') AS is_over,
          EXISTS (SELECT FROM orchestrator.batch_items i
                   WHERE i.batch_id = $1::uuid AND i.state <> 'ended' AND i.state = 'watched') AS is_watched) o
 WHERE b.id = $1::uuid AND b.fence = $2::int AND b.ended_at IS NULL
RETURNING b.state`;

/** The store of batches. */
export function batchStore(db: Database): BatchStore {
  return {
    create: (draft, targets, now) => db.transaction((sql) => createOnce(sql, draft, targets, now)),

    planAct: (id, verb) => planBatchAct(db, id, verb),

    act: (id, verb, by, now) => db.transaction((sql) => carryOutBatchAct(sql, id, verb, by, now)),

    read: (id) => readBatch(db, id),

    list: (before, limit) =>
      db.query<BatchRow>(
        `SELECT ${BATCH_COLUMNS} FROM orchestrator.batches b
          WHERE $1::timestamptz IS NULL OR (b.created_at, b.id) < ($1::timestamptz, $2::uuid)
          ORDER BY b.created_at DESC, b.id DESC LIMIT $3::int`,
        before?.createdAt ?? null,
        before?.id ?? null,
        limit,
      ),

    async counts() {
      const found = await db.query<{ state: 'running' | 'stopped'; batches: number }>(
        `SELECT state, count(*)::int AS batches FROM orchestrator.batches
          WHERE state = 'running' OR state = 'stopped' GROUP BY state`,
      );
      return { running: 0, stopped: 0, ...Object.fromEntries(found.map((one) => [one.state, one.batches])) };
    },

    items: (id, { state, outcome, after }: BatchItemQuery, limit) =>
      db.query<BatchItem>(
        `SELECT ${ITEM} FROM orchestrator.batch_items i
          WHERE i.batch_id = $1::uuid AND i.number > $2::int AND ($3::text IS NULL OR i.state = $3)
            AND ($4::text IS NULL OR i.outcome = $4) ORDER BY i.number LIMIT $5::int`,
        id,
        after,
        state,
        outcome,
        limit,
      ),

    progress: (id) => readProgress(db, id),

    withProgress: (ids) => readWithProgress(db, ids),

    waves: ({ id, rampFrom }) =>
      db.query<WaveCount>(
        `SELECT i.wave, i.state, i.outcome, i.fingerprint, count(*)::int AS items, min(i.target) AS example
           FROM orchestrator.batch_items i WHERE i.batch_id = $1::uuid AND i.wave > $2::int
          GROUP BY i.wave, i.state, i.outcome, i.fingerprint ORDER BY i.wave, items DESC, example`,
        id,
        rampFrom,
      ),

    claim: async (leaseMs) => (await db.query<Lease>(CLAIM, leaseMs))[0] ?? null,

    open: ({ id }, state, limit) =>
      db.query<BatchItem>(
        `SELECT ${ITEM} FROM orchestrator.batch_items i
          WHERE i.batch_id = $1::uuid AND i.state <> 'ended' AND i.state = $2 ORDER BY i.number LIMIT $3::int`,
        id,
        state,
        limit,
      ),

    record: ({ id, fence }, outcomes) =>
      db.transaction(async (sql) => {
        const [held] = await sql.query<{ state: string }>(
          'SELECT state FROM orchestrator.batches WHERE id = $1::uuid AND fence = $2::int FOR UPDATE',
          id,
          fence,
        );
        if (held === undefined) return false;
        const rows = outcomes.map((outcome) => ({ batchId: id, ...outcome }));
        await sql.execute(RECORD, held.state, fence, ...OUTCOMES.values(rows));
        return true;
      }),

    async stop({ id, fence }, why) {
      const changed = await db.execute(
        `UPDATE orchestrator.batches SET state = 'stopped', stopped = $3::json
          WHERE id = $1::uuid AND fence = $2::int AND state = 'running'`,
        id,
        fence,
        JSON.stringify(why),
      );
      return changed > 0;
    },

    async release({ id, fence }, nextInMs) {
      return (await db.query<Pick<BatchRow, 'state'>>(RELEASE, id, fence, nextInMs))[0]?.state ?? null;
    },
  };
}

async function createOnce(
  sql: Sql,
  draft: BatchDraft,
  targets: readonly BatchTarget[],
  now: () => number,
): Promise<BatchRow | 'mismatch'> {
  const { id, kind, params, planHash, perSecond, actor, role, reason, idempotencyKey } = draft;
  await lockAudit(sql);
  const earlier = await underKey(sql, actor, idempotencyKey);
  if (earlier !== null) return sameBatch(sql, earlier, draft);
  if (await wasAppended(sql, id)) return (await readBatch(sql, id)) ?? 'mismatch';
  const entry = { id, sagaId: null, batchId: id, action: kind, revision: null, actor, role, reason };
  const noted = { ...params, planHash, total: targets.length };
  const { createdAt } = await appendApplied(
    sql,
    { ...entry, params: noted, idempotencyKey },
    `a batch of ${targets.length} begins`,
    now,
  );
  await sql.execute(
    `INSERT INTO orchestrator.batches (id, kind, params, plan_hash, total, per_second, actor, role, reason, created_at, due_at)
     VALUES ($1::uuid, $2, $3::json, $4, $5::int, $6::int, $7, $8, $9, $10::timestamptz, now())`,
    id,
    kind,
    JSON.stringify(params),
    planHash,
    targets.length,
    perSecond,
    actor,
    role,
    reason,
    createdAt,
  );
  await sql.execute(
    `INSERT INTO orchestrator.batch_items (batch_id, number, target, seen)
     SELECT $1::uuid, l.number, l.target, l.seen FROM ${TARGETS.from('l', 2)}`,
    id,
    ...TARGETS.values(targets.map((one, index) => ({ number: index + 1, ...one }))),
  );
  const made = await readBatch(sql, id);
  if (made === null) throw new Error('an INSERT of a batch left no row');
  return made;
}

/** The batch that its author requested before under the same key; a repeat need not name the same plan, for that may have gone. */
async function sameBatch(
  sql: Sql,
  earlier: ActionRow,
  { kind, reason }: BatchDraft,
): Promise<BatchRow | 'mismatch'> {
  const action: string = earlier.action;
  if (action !== kind || earlier.reason !== reason) return 'mismatch';
  return (await readBatch(sql, earlier.id)) ?? 'mismatch';
}
