/** What a person does to a batch: its plan, and the act, which is carried out only while the plan is still so. */
import type { Sql } from '#platform/postgres/database.ts';
import { planHash } from '#protocol/plan-hash.ts';
import { appendApplied, lockAudit } from './append-audit.ts';
import type { BatchActPlan, BatchState, BatchVerb } from './batch-act-plan.ts';
import type { BatchActor, BatchProgress, BatchRow, ChangedBatch } from './batch-rows.ts';
import { readBatch, readProgress } from './read-batch.ts';

/** What a verb makes of a batch, and of which states. */
const VERBS: Readonly<
  Record<
    BatchVerb,
    { readonly from: readonly BatchState[]; readonly to: BatchState; readonly detail: string }
  >
> = {
  pause: { from: ['running'], to: 'paused', detail: 'no further wave begins' },
  resume: { from: ['paused', 'stopped'], to: 'running', detail: 'waves go on' },
  cancel: {
    from: ['running', 'paused', 'stopped'],
    to: 'cancelled',
    detail: 'what was waiting is left as it is',
  },
};

/** The plan of a verb. null: there is no such batch */
export async function planBatchAct(
  sql: Sql,
  id: string,
  verb: BatchVerb,
): Promise<BatchActPlan | { readonly impossible: string } | null> {
  const batch = await readBatch(sql, id);
  return batch === null ? null : plannedOn(sql, batch, verb);
}

/** Carries out a verb, with an entry of the audit; a batch that is so already stays as it is. null: there is none */
export async function carryOutBatchAct(
  sql: Sql,
  id: string,
  verb: BatchVerb,
  { planHash: seen, ...by }: BatchActor,
  now: () => number,
): Promise<ChangedBatch | null> {
  // The audit first, as everywhere: two that lock both never wait for each other.
  await lockAudit(sql);
  const batch = await readBatch(sql, id, 'FOR UPDATE');
  if (batch === null) return null;
  const plan = await plannedOn(sql, batch, verb);
  if ('impossible' in plan) return plan;
  if (!plan.changes) return { batch };
  if (seen !== null && seen !== plan.planHash) return { changed: plan };
  const { to, detail } = VERBS[verb];
  const entry = { ...by, sagaId: null, batchId: id, action: `${verb}-batch`, revision: null, planHash: seen };
  const counts = { waiting: plan.waiting, watched: plan.watched };
  await appendApplied(sql, { ...entry, params: counts, idempotencyKey: null }, detail, now);
  await sql.execute(
    `UPDATE orchestrator.batches SET state = $2, due_at = now(), ended_at = CASE WHEN $2 = 'cancelled' THEN now() END,
       ramp_from = CASE WHEN $2 = 'running' THEN fence ELSE ramp_from END
      WHERE id = $1::uuid`,
    id,
    to,
  );
  if (verb === 'cancel')
    await sql.execute(
      `UPDATE orchestrator.batch_items SET state = 'ended', outcome = COALESCE(outcome, 'cancelled')
        WHERE batch_id = $1::uuid AND state <> 'ended'`,
      id,
    );
  const after = await readBatch(sql, id);
  return after === null ? null : { batch: after };
}

async function plannedOn(
  sql: Sql,
  batch: BatchRow,
  verb: BatchVerb,
): Promise<BatchActPlan | { readonly impossible: string }> {
  const { id, kind, state, total } = batch;
  const { from, to } = VERBS[verb];
  const changes = state !== to;
  if (changes && !from.includes(state)) return { impossible: `The batch is ${state}` };
  const progress = await readProgress(sql, id);
  const { waiting, watched } = progress;
  const [next] =
    verb === 'resume'
      ? await sql.query<{ target: string }>(
          `SELECT i.target FROM orchestrator.batch_items i
            WHERE i.batch_id = $1::uuid AND i.state <> 'ended' AND i.state = 'waiting' ORDER BY i.number LIMIT 1`,
          id,
        )
      : [];
  return {
    batchId: id,
    kind,
    action: verb,
    state,
    nextState: to,
    changes,
    total,
    waiting,
    watched,
    ended: total - waiting - watched,
    next: next?.target ?? null,
    planHash: promiseOf(batch, verb, progress),
  };
}

/** A running batch begins targets while its plan is read, so that only their number at the most is promised. */
function promiseOf(
  { id, state, rampFrom, stopped }: BatchRow,
  verb: BatchVerb,
  { waiting }: BatchProgress,
): string {
  const stoppedAt = stopped?.at ?? null;
  const left = state === 'running' ? null : waiting;
  return planHash({ batch: id, action: verb, state, rampFrom, stoppedAt, waiting: left });
}
