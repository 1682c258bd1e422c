/** The messages of `saga-control`: due timers and people's actions, correlated like every reply. */
import * as z from 'zod';
import { encode } from '#protocol/codec.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { SAGA_CONTROL } from '#protocol/topics.ts';

/** The CloudEvents source of the orchestrator's messages. */
export const ORCHESTRATOR = '/orchestrator';

export const TIMER = 'saga.timer';
export const ACTION = 'saga.action';
/** The machine event of an action that takes a saga back. */
export const COMPENSATE = 'saga.compensate';

/** `data` of a timer that fell due. */
export const timerData = z.object({ name: z.string().max(300), generation: z.number().int().min(1) });

/** The actions of operators and customers. */
export const ACTIONS = [
  'retry',
  'compensate',
  'cancel',
  'pause',
  'resume',
  'skip',
  'edit',
  'migrate',
  'resolve',
] as const;
export type ActionName = (typeof ACTIONS)[number];

const fields = z.record(z.string().max(100), z.unknown());

/** Parameters of a skip: the data of the success it stands for, and the evidence. */
export const skipParams = z.strictObject({
  evidence: z.string().min(1).max(2000),
  result: fields.default({}),
});
/** Parameters of an edit: fields of the input and the context with their new values. */
export const editParams = z
  .strictObject({ input: fields.exactOptional(), context: fields.exactOptional() })
  .refine(({ input, context }) => Object.keys({ ...input, ...context }).length > 0, 'name a field to edit');

/** Parameters of a migration: the target version of the definition. */
export const migrateParams = z.strictObject({ toVersion: z.number().int().min(1).max(1_000_000) });

/** `data` of an action. */
export const actionData = z.object({
  actionId: z.uuid(),
  action: z.enum(ACTIONS),
  /** The revision its author saw; null for the customer's cancel, whose correlation is the state itself. */
  revision: z.number().int().nullable(),
  actor: z.string().max(200),
  reason: z.string().max(1000),
  /** Of a skip, an edit or a migration; see `skipParams`, `editParams`, `migrateParams`. */
  params: fields.exactOptional(),
  /** The plan its author saw: the engine does exactly this, or refuses it. See `planHash`. */
  planHash: z.string().max(64).exactOptional(),
});
export type ActionData = z.infer<typeof actionData>;

/** A due timer as a message. Its id names the generation, so the engine accepts it once, however often it is published. */
export function timerMessage(sagaId: string, name: string, generation: number, nowMs: number): OutMessage {
  const id = `${sagaId}/timer/${name}/${generation}`;
  const envelope = controlEnvelope(sagaId, id, TIMER, { name, generation }, nowMs);
  return { topic: SAGA_CONTROL, key: sagaId, value: encode(envelope) };
}

/** An action's envelope: the preview steps the same envelope. */
export function actionEnvelope(sagaId: string, data: ActionData, nowMs: number): Envelope {
  return controlEnvelope(sagaId, `${sagaId}/action/${data.actionId}`, ACTION, data, nowMs);
}

/** An action as a message. */
export function actionMessage(sagaId: string, data: ActionData, nowMs: number): OutMessage {
  return { topic: SAGA_CONTROL, key: sagaId, value: encode(actionEnvelope(sagaId, data, nowMs)) };
}

/** The envelope of a control message. */
export function controlEnvelope(
  sagaId: string,
  id: string,
  type: string,
  data: unknown,
  nowMs: number,
): Envelope {
  return {
    specversion: '1.0',
    id,
    type,
    source: ORCHESTRATOR,
    time: new Date(nowMs).toISOString(),
    subject: sagaId,
    datacontenttype: 'application/json',
    data,
  };
}
