/** Reads a batch, and how far it is. */
import type { Sql } from '#platform/postgres/database.ts';
import type { BatchProgress, BatchRow } from './batch-rows.ts';

/** Of the table `b`. */
export const BATCH_COLUMNS = `b.id::text, b.kind, b.state, b.params, b.plan_hash AS "planHash", b.total, b.per_second AS "perSecond", b.actor,
  b.role, b.reason, b.created_at AS "createdAt", b.ended_at AS "endedAt", b.ramp_from AS "rampFrom", b.stopped`;

/** A batch; null: there is none. */
export async function readBatch(
  sql: Pick<Sql, 'query'>,
  id: string,
  lock: 'FOR UPDATE' | '' = '',
): Promise<BatchRow | null> {
  const text = `SELECT ${BATCH_COLUMNS} FROM orchestrator.batches b WHERE b.id = $1::uuid ${lock}`;
  return (await sql.query<BatchRow>(text, id))[0] ?? null;
}

/** How many of its targets wait, are watched, and have ended, by outcome. */
export async function readProgress(sql: Pick<Sql, 'query'>, id: string): Promise<BatchProgress> {
  return progressIn(
    await sql.query<ItemCount>(
      `SELECT i.state, i.outcome, count(*)::int AS items FROM orchestrator.batch_items i
        WHERE i.batch_id = $1::uuid GROUP BY i.state, i.outcome`,
      id,
    ),
  );
}

/** Several batches with their progress, in no order; of an unknown id none. */
export async function readWithProgress(
  sql: Pick<Sql, 'query'>,
  ids: readonly string[],
): Promise<Array<{ batch: BatchRow; progress: BatchProgress }>> {
  const batches = await sql.query<BatchRow>(
    `SELECT ${BATCH_COLUMNS} FROM orchestrator.batches b WHERE b.id = ANY ($1::uuid[])`,
    ids,
  );
  const counts = await sql.query<ItemCount & { batchId: string }>(
    `SELECT i.batch_id::text AS "batchId", i.state, i.outcome, count(*)::int AS items FROM orchestrator.batch_items i
      WHERE i.batch_id = ANY ($1::uuid[]) GROUP BY i.batch_id, i.state, i.outcome`,
    ids,
  );
  const of = Map.groupBy(counts, ({ batchId }) => batchId);
  return batches.map((batch) => ({ batch, progress: progressIn(of.get(batch.id) ?? []) }));
}

interface ItemCount {
  readonly state: string;
  readonly outcome: string | null;
  readonly items: number;
}

function progressIn(counts: readonly ItemCount[]): BatchProgress {
  const of = (wanted: string) =>
    counts.filter(({ state }) => state === wanted).reduce((sum, { items }) => sum + items, 0);
  const ended = counts.filter(({ state }) => state === 'ended');
  // In one order whatever the plan, so that the same progress reads the same.
  const outcomes = ended.map(({ outcome, items }) => [outcome ?? '', items] as const);
  return {
    waiting: of('waiting'),
    watched: of('watched'),
    outcomes: Object.fromEntries(outcomes.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
