/** An action as its address shows it: waiting, applied or refused, and who asked for it and why. */
import type { ActionData } from '../../engine/control.ts';
import type { ActionRow } from '../../store/action-store.ts';

/** The links of an action. */
export function actionLinks({ id, sagaId }: Pick<ActionRow, 'id' | 'sagaId'>): {
  self: string;
  saga: string;
} {
  return { self: `/v1/actions/${id}`, saga: `/v1/sagas/${sagaId}` };
}

/** The view of an action. */
export function actionView(row: ActionRow) {
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
    links: actionLinks(row),
  };
}

/** What the engine is told of an action. */
export function toActionData({ id, action, revision, actor, reason, params }: ActionRow): ActionData {
  return { actionId: id, action, revision, actor, reason, params };
}
