/** Takes a person's action on a saga: the audit's row first, then through the same door as every message. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type ActionData, type ActionName, actionEnvelope, actionMessage } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import type { SagaRow } from '#engine/saga.ts';
import { definitionFor, definitionKey } from '#engine/step-batch.ts';
import { Problem } from '#platform/http/problem.ts';
import type { ActionDraft, ActionRow } from '../store/action-store.ts';
import type { ApiParts } from './parts.ts';
import { toActionData } from './views/action.ts';
import { type Plan, planOf } from './views/plan.ts';

/** Who asks for what, and why. */
export interface Wish {
  readonly action: ActionName;
  /** The revision its author saw; null for the customer's cancel. */
  readonly revision: number | null;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  /** Of a skip, an edit or a migration. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
}

/** The definition a row runs under, or null when this process does not know it. */
export function definitionOf(
  { definitions }: Pick<ApiParts, 'definitions'>,
  row: SagaRow,
): Registered | null {
  return definitions.get(definitionKey(row.definition, row.definitionVersion)) ?? null;
}

/** What would come of a wish; null when this process knows neither the row's definition nor the one it asks for. */
export function preview(parts: ApiParts, row: SagaRow, wish: Wish): Plan | null {
  const { action, revision, actor, reason, params } = wish;
  const data: ActionData = { actionId: row.id, action, revision, actor, reason, params };
  const envelope = actionEnvelope(row.id, data, parts.now());
  const definition = definitionFor(parts.definitions, row, { envelope });
  return definition === undefined ? null : planOf(definition, row, data, parts.now());
}

/**
 * The action an idempotency key names already.
 * @throws Problem `idempotency-mismatch` when it was another one
 */
export async function earlierAction(parts: ApiParts, sagaId: string, wish: Wish): Promise<ActionRow | null> {
  if (wish.idempotencyKey === null) return null;
  const earlier = await parts.actions.underKey(wish.actor, wish.idempotencyKey);
  return earlier === null ? null : sameOrRefuse(earlier, sagaId, wish);
}

/**
 * Writes the action and publishes it; the sweeper publishes it again should we die on the way.
 * @throws Problem `conflict` when the saga cannot do it as it stands
 */
export async function act(parts: ApiParts, row: SagaRow, wish: Wish): Promise<ActionRow> {
  const plan = preview(parts, row, wish);
  if (plan?.outcome === 'refused') throw new Problem('conflict', `Not possible: ${plan.detail}`);
  const draft: ActionDraft = { ...wish, id: randomUUID(), sagaId: row.id };
  const { row: written, isNew } = await parts.actions.append(draft, parts.now);
  if (!isNew) return sameOrRefuse(written, row.id, wish);
  // Not awaited: the row is durable, and it says itself when it must be published again.
  void parts.outbox.publish([actionMessage(row.id, toActionData(written), written.createdAt.getTime())]);
  return written;
}

function sameOrRefuse(earlier: ActionRow, sagaId: string, wish: Wish): ActionRow {
  const { action, reason, params } = wish;
  const isSame =
    earlier.action === action && earlier.reason === reason && isDeepStrictEqual(earlier.params, params);
  if (earlier.sagaId === sagaId && isSame) return earlier;
  throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for another action');
}
