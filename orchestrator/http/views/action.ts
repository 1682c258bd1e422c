/** The views of a person's action. */
import * as z from 'zod';
import type { ActionData } from '#engine/control.ts';
import type { ActionRow } from '#orchestrator/store/action-rows.ts';
import type { AuditedAction } from '#orchestrator/store/action-store.ts';
import { instant, link, uuid, type View } from '#platform/http/schemas.ts';
import { planHashed } from './plan-schema.ts';

const links = z.object({ self: link, saga: link });
export const actionState = z.enum(['waiting', 'applied', 'refused']);
export const revisionSeen = z
  .int()
  .nullable()
  .describe('The revision its author read; null: the action needs none.');

export const actionAnswer = z
  .object({
    actionId: uuid,
    sagaId: uuid
      .nullable()
      .describe('Null: it was on what no saga owns, such as a definition or an API key.'),
    action: z
      .string()
      .describe('Its name in the audit: `retry`, `cancel`, `activate`, `discard-dead-letter` ….'),
    state: actionState,
    detail: z.string().exactOptional().describe('Its result, or the reason of its refusal.'),
    revision: revisionSeen,
    actor: z.string(),
    role: z.string(),
    reason: z.string(),
    planHash: planHashed.exactOptional().describe('The plan that its author approved.'),
    appliedPlanHash: planHashed.exactOptional().describe('The plan that the engine carried out.'),
    createdAt: instant,
    endedAt: instant.exactOptional(),
    links: links.extend({ saga: link.exactOptional() }),
  })
  .meta({ id: 'Action', description: 'A person’s action, with its outcome.' });

export const actionAccepted = z
  .object({
    actionId: uuid,
    state: actionState,
    planHash: planHashed.exactOptional().describe('The plan that its author approved.'),
    links,
  })
  .meta({
    id: 'ActionAccepted',
    description: 'A stored action. Read its address for the outcome, and for the plan that was carried out.',
  });

function linksOf({ id, sagaId }: Pick<ActionRow, 'id' | 'sagaId'>): View<typeof links> {
  return { self: `/v1/actions/${id}`, saga: `/v1/sagas/${sagaId}` };
}

export function acceptedView(row: ActionRow): View<typeof actionAccepted> {
  const { id, state, planHash } = row;
  return { actionId: id, state, ...(planHash !== null && { planHash }), links: linksOf(row) };
}

export function actionView(row: AuditedAction): View<typeof actionAnswer> {
  const { id, sagaId, action, state, detail, revision, actor, role, reason, createdAt, endedAt } = row;
  const { planHash, appliedPlanHash } = row;
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
    ...(planHash !== null && { planHash }),
    ...(appliedPlanHash !== null && { appliedPlanHash }),
    createdAt,
    ...(endedAt !== null && { endedAt }),
    links: { self: `/v1/actions/${id}`, ...(sagaId !== null && { saga: `/v1/sagas/${sagaId}` }) },
  };
}

/** The data of the message that carries an action to the engine. */
export function toActionData(row: ActionRow): ActionData {
  const { id, action, revision, actor, reason, params, planHash } = row;
  return { actionId: id, action, revision, actor, reason, params, ...(planHash !== null && { planHash }) };
}
