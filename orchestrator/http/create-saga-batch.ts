/** Plans a batch of sagas, or creates it: exactly the plan that its author approved, once under an Idempotency-Key. */
import { randomUUID } from 'node:crypto';
import { kindOf, type SagaBatchParams, targetOf } from '#orchestrator/saga-batches/act-on-sagas.ts';
import type { BatchRow } from '#orchestrator/store/batch-rows.ts';
import { confirmed } from '#platform/http/failure.ts';
import { refuseOther } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { canonical } from '#platform/http/validate.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import type { ApiParts } from './parts.ts';
import { type PlannedBatch, plannedSagaBatch } from './plan-saga-batch.ts';
import type { SagaBatchPlan } from './views/saga-batch-plan.ts';
import type { SagaBatchRequest } from './views/saga-batch-request.ts';

/**
 * Answers a request of a batch.
 * @returns the plan of a dry run; else the batch that was created, now or before under the same key
 * @throws Problem `plan-changed` with the present plan; `conflict` where nothing would be done; `idempotency-mismatch`
 */
export async function requestSagaBatch(
  parts: ApiParts,
  body: SagaBatchRequest,
  { subject: actor, role }: Principal,
  key: string | null,
): Promise<{ plan: SagaBatchPlan } | { batch: BatchRow }> {
  const { action, reason, filter, sagaIds, limit, perSecond, stopShare, watchSeconds, ...rest } = body;
  const { from: _, dryRun, planHash, ...params } = rest;
  canonical([reason, params, filter ?? null]);
  const all = { action, actor, role, reason, params };
  const earlier = dryRun || key === null ? null : await parts.actions.underKey(actor, key);
  // A repeat is answered by its batch: its sagas have moved since.
  const planned = earlier === null ? await plannedSagaBatch(parts, body, all) : null;
  if (dryRun && planned !== null) return { plan: planned.plan };
  if (planned !== null) refuse(planned, planHash);
  const id = randomUUID();
  const kept: SagaBatchParams = { params, stopShare, watchMs: watchSeconds * 1000 };
  const draft = {
    id,
    kind: kindOf(action),
    params: { ...kept },
    planHash: planned?.plan.planHash ?? '',
    perSecond,
  };
  const targets = (planned?.targets ?? []).map(targetOf);
  const made = await confirmed(
    parts.batches.create({ ...draft, actor, role, reason, idempotencyKey: key }, targets, parts.now),
    `/v1/batches/${id}`,
  );
  if (made === 'mismatch')
    throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
  return { batch: made };
}

function refuse({ plan }: PlannedBatch, seen: string | undefined): void {
  refuseOther(plan, seen);
  if (plan.sagas > 0) return;
  const [first] = plan.impossible;
  throw new Problem(
    'conflict',
    first === undefined
      ? 'No saga matches'
      : `On none of the sagas that match it is possible: ${first.why} (${first.sagas} of them)`,
  );
}
