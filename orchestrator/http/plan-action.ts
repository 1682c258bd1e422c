/** The plan of an action, as people see it, and the check that it is still the one its author approved. */
import { actionEnvelope } from '#engine/control.ts';
import type { SagaRow } from '#engine/saga.ts';
import { definitionFor } from '#engine/step-batch.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS } from '#platform/http/resource.ts';
import type { View } from '#platform/http/schemas.ts';
import type { ApiParts } from './parts.ts';
import type { RequestedAction } from './requested-action.ts';
import { type Plan, planOf, toPlanned } from './views/plan.ts';
import type { planAnswer } from './views/plan-schema.ts';
import { wayAhead } from './views/remaining.ts';
import { etagOf } from './views/saga.ts';

/** Previews an action; null when this process lacks the definition it needs. */
export function preview(
  parts: Pick<ApiParts, 'definitions' | 'inForce' | 'now'>,
  row: SagaRow,
  request: RequestedAction,
): Plan | null {
  const { action, revision, actor, reason, params } = request;
  const data = { actionId: row.id, action, revision, actor, reason, params };
  const envelope = actionEnvelope(row.id, data, parts.now());
  const definition = definitionFor(parts.definitions, row, { envelope });
  return definition === undefined ? null : planOf(definition, row, data, parts.now(), parts.inForce.commands);
}

/**
 * The plan of an action: the messages it would send, repeated ones read from the journal, what they move at the most, and
 * the hash under which it is applied; or the reason of its refusal. Only operators see the messages' contents.
 * @throws Problem `conflict` when this process lacks the saga's definition
 */
export async function planned(
  parts: ApiParts,
  row: SagaRow,
  request: RequestedAction,
): Promise<View<typeof planAnswer>> {
  const plan = preview(parts, row, request);
  if (plan === null)
    throw new Problem('conflict', `This API does not run ${row.definition} v${row.definitionVersion}`);
  const common = { dryRun: true, action: request.action } as const;
  if (plan.outcome !== 'applies') return { ...common, ...plan, sends: [] };
  const { again, sends, totalsOf, definition, after, ...rest } = plan;
  const repeats = await parts.views.commands(again.map((one) => ({ sagaId: row.id, ...one })));
  const messages = [...sends, ...repeats.map((sent) => toPlanned(definition, sent, true))];
  const shown = OPERATORS.includes(request.role) ? messages : messages.map(({ data: _, ...one }) => one);
  const afterwards = wayAhead(definition, after, parts.now());
  return { ...common, ...rest, sends: shown, totals: totalsOf(messages), afterwards };
}

/**
 * Refuses an action whose plan is not the one its author approved. The engine checks it once more as the saga moves.
 * @throws Problem `plan-changed` with the new plan
 */
export async function needPlan(parts: ApiParts, row: SagaRow, request: RequestedAction): Promise<void> {
  const { planHash } = request;
  if (planHash === null) return;
  const now: RequestedAction = request.revision === null ? request : { ...request, revision: row.revision };
  const plan = preview(parts, row, now);
  // Without the definition only the engine can tell.
  if (plan === null || (plan.outcome === 'applies' && plan.planHash === planHash)) return;
  throw new Problem('plan-changed', 'Nothing was done: see plan for what it would do now', {
    plan: await planned(parts, row, now),
    headers: { etag: etagOf(row) },
  });
}
