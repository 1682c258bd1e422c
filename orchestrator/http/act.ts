/** Accepts a person's action on a saga: stores the audit's row, then publishes the message that the engine will handle. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { actionMessage } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import type { SagaRow } from '#engine/saga.ts';
import { definitionKey } from '#engine/step-batch.ts';
import { publishWithin } from '#platform/batching/publication.ts';
import { outcomeUnknown, Problem } from '#platform/http/problem.ts';
import { isOutcomeUnknown } from '#platform/postgres/database.ts';
import type { ActionDraft, ActionRow } from '../store/action-rows.ts';
import type { ApiParts } from './parts.ts';
import { preview } from './plan-action.ts';
import type { RequestedAction } from './requested-action.ts';
import { toActionData } from './views/action.ts';

/** The definition of a row's version, or null when this process lacks it. */
export function definitionOf(
  { definitions }: Pick<ApiParts, 'definitions'>,
  row: SagaRow,
): Registered | null {
  return definitions.get(definitionKey(row.definition, row.definitionVersion)) ?? null;
}

/**
 * The action its actor requested before under the same idempotency key.
 * @throws Problem `idempotency-mismatch` when that was another action
 */
export async function earlierAction(
  parts: ApiParts,
  sagaId: string,
  request: RequestedAction,
): Promise<ActionRow | null> {
  if (request.idempotencyKey === null) return null;
  const earlier = await parts.actions.underKey(request.actor, request.idempotencyKey);
  return earlier === null ? null : sameOrRefuse(earlier, sagaId, request);
}

/**
 * Stores the action and publishes it. If this process crashes in between, the sweeper publishes it.
 * @throws Problem `conflict` when the engine would refuse it in the saga's present state; `outcome-unknown` with its address
 *   when the database did not confirm it
 */
export async function act(parts: ApiParts, row: SagaRow, request: RequestedAction): Promise<ActionRow> {
  const plan = preview(parts, row, request);
  if (plan?.outcome === 'refused') throw new Problem('conflict', `Not possible: ${plan.detail}`);
  const draft: ActionDraft = { ...request, id: randomUUID(), sagaId: row.id };
  const { row: written, isNew } = await appended(parts, draft);
  if (!isNew) return sameOrRefuse(written, row.id, request);
  // Not awaited: the row is durable, and its `due_at` has the sweeper publish it again.
  void publishWithin(parts.outbox, [
    actionMessage(row.id, toActionData(written), written.createdAt.getTime()),
  ]);
  return written;
}

/** Appends a draft, once more if the first outcome is unknown: the second attempt waits for the first, and settles it. */
async function appended(
  { actions, now }: Pick<ApiParts, 'actions' | 'now'>,
  draft: ActionDraft,
): ReturnType<ApiParts['actions']['append']> {
  try {
    return await actions.append(draft, now);
  } catch (error) {
    if (!isOutcomeUnknown(error)) throw error;
    return await actions.append(draft, now).catch(() => {
      throw actionUnknown(draft);
    });
  }
}

function actionUnknown({ id, idempotencyKey }: ActionDraft): Problem {
  const advice =
    idempotencyKey === null
      ? 'Read links.self before you request it again: a 404 a minute from now means that it was not stored'
      : 'Repeat the request under its Idempotency-Key until it is answered';
  return outcomeUnknown(`The database has not confirmed the action. ${advice}`, {
    actionId: id,
    links: { self: `/v1/actions/${id}` },
  });
}

function sameOrRefuse(earlier: ActionRow, sagaId: string, request: RequestedAction): ActionRow {
  const { action, reason, params, planHash } = request;
  const isSame =
    earlier.action === action &&
    earlier.reason === reason &&
    earlier.planHash === planHash &&
    isDeepStrictEqual(earlier.params, params);
  if (earlier.sagaId === sagaId && isSame) return earlier;
  throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for another action');
}
