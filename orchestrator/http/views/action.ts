/** An action as its address shows it: waiting, applied or refused, and who asked for it and why. */
import * as z from 'zod';
import { ACTIONS, type ActionData } from '#engine/control.ts';
import type { ActionRow } from '#orchestrator/store/action-store.ts';
import { instant, link, uuid, type View } from '#platform/http/schemas.ts';

const links = z.object({ self: link, saga: link });
/** What became of an action. */
export const actionState = z.enum(['waiting', 'applied', 'refused']);
/** The revision its author saw. */
export const revisionSeen = z
  .int()
  .nullable()
  .describe('The revision its author saw; null: none was needed.');

/** What `actionView` gives. */
export const actionAnswer = z
  .object({
    actionId: uuid,
    sagaId: uuid,
    action: z.enum(ACTIONS),
    state: actionState,
    detail: z.string().exactOptional().describe('What it came to, or why it was refused.'),
    revision: revisionSeen,
    actor: z.string(),
    role: z.string(),
    reason: z.string(),
    createdAt: instant,
    endedAt: instant.exactOptional(),
    links,
  })
  .meta({ id: 'Action', description: 'What a person asked of a saga, and what became of it.' });

/** What `acceptedView` gives. */
export const actionAccepted = z.object({ actionId: uuid, state: actionState, links }).meta({
  id: 'ActionAccepted',
  description: 'An action that is written down: its address says what becomes of it.',
});

/** The links of an action. */
function linksOf({ id, sagaId }: Pick<ActionRow, 'id' | 'sagaId'>): View<typeof links> {
  return { self: `/v1/actions/${id}`, saga: `/v1/sagas/${sagaId}` };
}

/** An action as the one who asked for it hears of it. */
export function acceptedView(row: ActionRow): View<typeof actionAccepted> {
  return { actionId: row.id, state: row.state, links: linksOf(row) };
}

/** The view of an action. */
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

/** What the engine is told of an action. */
export function toActionData({ id, action, revision, actor, reason, params }: ActionRow): ActionData {
  return { actionId: id, action, revision, actor, reason, params };
}
