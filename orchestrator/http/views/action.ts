/** The views of a person's action. */
import * as z from 'zod';
import { ACTIONS, type ActionData } from '#engine/control.ts';
import type { ActionRow } from '#orchestrator/store/action-store.ts';
import { instant, link, uuid, type View } from '#platform/http/schemas.ts';

const links = z.object({ self: link, saga: link });
export const actionState = z.enum(['waiting', 'applied', 'refused']);
export const revisionSeen = z
  .int()
  .nullable()
  .describe('The revision its author read; null: the action needs none.');

export const actionAnswer = z
  .object({
    actionId: uuid,
    sagaId: uuid,
    action: z.enum(ACTIONS),
    state: actionState,
    detail: z.string().exactOptional().describe('Its result, or the reason of its refusal.'),
    revision: revisionSeen,
    actor: z.string(),
    role: z.string(),
    reason: z.string(),
    createdAt: instant,
    endedAt: instant.exactOptional(),
    links,
  })
  .meta({ id: 'Action', description: 'A person’s action on a saga, with its outcome.' });

export const actionAccepted = z.object({ actionId: uuid, state: actionState, links }).meta({
  id: 'ActionAccepted',
  description: 'A stored action. Read its address for the outcome.',
});

function linksOf({ id, sagaId }: Pick<ActionRow, 'id' | 'sagaId'>): View<typeof links> {
  return { self: `/v1/actions/${id}`, saga: `/v1/sagas/${sagaId}` };
}

export function acceptedView(row: ActionRow): View<typeof actionAccepted> {
  return { actionId: row.id, state: row.state, links: linksOf(row) };
}

export function actionView(row: ActionRow): View<typeof actionAnswer> {
  const { id, sagaId, action, state, detail, revision, actor, role, reason, createdAt, endedAt } = row;
  return {
    actionId: id,
    sagaId,
    action,
    state,
    ...(detail !== null && { detail }),
    revision,
    actor,
    role,
    reason,
    createdAt,
    ...(endedAt !== null && { endedAt }),
    links: linksOf(row),
  };
}

/** The data of the message that carries an action to the engine. */
export function toActionData({ id, action, revision, actor, reason, params }: ActionRow): ActionData {
  return { actionId: id, action, revision, actor, reason, params };
}
