/** What travels on `saga-control`: due timers and people's actions, through the same door as every reply. */
import * as z from 'zod';
import { encode } from '../../participants/wire/codec.ts';
import type { Envelope, OutMessage } from '../../participants/wire/envelope.ts';
import { SAGA_CONTROL } from '../../participants/wire/topics.ts';

export const TIMER = 'saga.timer';
export const ACTION = 'saga.action';
/** The machine event of an action that takes a saga back. */
export const COMPENSATE = 'saga.compensate';

/** `data` of a timer that fell due. */
export const timerData = z.object({ name: z.string().max(300), arming: z.number().int().min(1) });

/** What a person may ask of a saga. */
export const ACTIONS = ['retry', 'compensate', 'cancel'] as const;
export type ActionName = (typeof ACTIONS)[number];

/** `data` of an action. */
export const actionData = z.object({
  actionId: z.uuid(),
  action: z.enum(ACTIONS),
  /** The revision its author saw; null for the customer's cancel, whose ticket is the state itself. */
  revision: z.number().int().nullable(),
  actor: z.string().max(200),
  reason: z.string().max(1000),
});
export type ActionData = z.infer<typeof actionData>;

/** A due timer as a message. Its id is that of the arming: published twice, it is taken once. */
export function timerMessage(sagaId: string, name: string, arming: number, nowMs: number): OutMessage {
  const id = `${sagaId}/timer/${name}/${arming}`;
  const envelope = controlEnvelope(sagaId, id, TIMER, { name, arming }, nowMs);
  return { topic: SAGA_CONTROL, key: sagaId, value: encode(envelope) };
}

/** An action's envelope: what a preview runs is what is sent. */
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
    source: '/orchestrator',
    time: new Date(nowMs).toISOString(),
    subject: sagaId,
    datacontenttype: 'application/json',
    data,
  };
}
