/** Messages for tests, as the engine would have read them: replies, notices, timers, people's actions, the start. */
import type { Envelope } from '#protocol/envelope.ts';
import { eventId, noticeId, replyId } from '#protocol/ids.ts';
import { SAGA_CONTROL, SAGA_REPLIES } from '#protocol/topics.ts';
import { ACTION, type ActionName, TIMER } from '../control.ts';
import { contractOf, type Registered } from '../definition/definition.ts';
import type { Incoming, SagaRow } from '../saga.ts';

/** A message a test sends to a saga, made for the row as it then is. */
export type Sending = (definition: Registered, row: SagaRow) => Incoming;

let offset = 0;

/** An incoming message for a saga, each read from an offset of its own. */
export function incoming(row: SagaRow, topic: string, parts: Partial<Envelope>): Incoming {
  offset += 1;
  return {
    envelope: {
      specversion: '1.0',
      id: `${row.id}/test/${offset}`,
      type: 'test',
      source: '/test',
      time: '2026-11-01T12:00:00.000Z',
      subject: row.id,
      datacontenttype: 'application/json',
      data: {},
      ...parts,
    },
    origin: { topic, partition: row.partition, offset },
  };
}

/** The event that begins a saga. */
export const start = (): Sending => (definition, row) => {
  const type = definition.startedBy;
  const data = definition.events[type]?.data(row.input, row.context);
  return incoming(row, definition.events[type]?.topic ?? '', { id: eventId(row.id, type), type, data });
};

/** A reply; to the awaited command that permits it, where no command id is given. */
export const reply =
  (type: string, options: { commandId?: string; data?: unknown } = {}): Sending =>
  (definition, row) => {
    const commandId = options.commandId ?? awaitedBy(definition, row, type);
    const { [commandId]: awaited } = row.pending.awaiting;
    const undone = Object.fromEntries((awaited?.undoes ?? []).map((id) => [id, 'undone']));
    const usual = awaited?.kind !== 'forward' ? { found: undone, code: 'refused' } : { code: 'refused' };
    return incoming(row, definition.replies.get(type)?.topic ?? SAGA_REPLIES, {
      id: replyId(commandId),
      type,
      commandid: commandId,
      data: options.data ?? usual,
    });
  };

/** A participant's word that it cannot answer yet, about the first command awaited of it. */
export const notice =
  (type: string, nth = 1, data: object = {}): Sending =>
  (_, row) => {
    const participant = type.split('.')[0];
    const about = Object.keys(row.pending.awaiting).find((id) => id.includes(`/${participant}.`)) ?? 'none';
    return incoming(row, SAGA_REPLIES, {
      id: noticeId(about, nth),
      type,
      commandid: about,
      data: { code: 'outage', text: 'the gateway is away', ...data },
    });
  };

/** A timer that fell due, by its delay's name; `stale` names an generation before it. */
export const deadline =
  (delay: string, stale = false): Sending =>
  (_, row) => {
    const armed = Object.entries(row.pending.timers).find(([name]) =>
      name.startsWith(`xstate.after.${delay}.`),
    );
    if (armed === undefined) throw new Error(`${delay} is not armed in ${row.state}`);
    const [name, { generation }] = armed;
    const data = { name, generation: stale ? generation - 1 : generation };
    return incoming(row, SAGA_CONTROL, {
      id: `${row.id}/timer/${name}/${data.generation}`,
      type: TIMER,
      data,
    });
  };

/** A person's action on the revision the row has, or on another. */
export const action =
  (
    name: ActionName,
    options: {
      revision?: number | null;
      actionId?: string;
      params?: Record<string, unknown>;
      reason?: string;
      planHash?: string;
    } = {},
  ): Sending =>
  (_, row) => {
    const { actionId = '00000000-0000-4000-8000-000000000001' } = options;
    const revision = options.revision === undefined ? row.revision : options.revision;
    return incoming(row, SAGA_CONTROL, {
      id: `${row.id}/action/${actionId}`,
      type: ACTION,
      data: {
        actionId,
        action: name,
        revision: name === 'cancel' ? null : revision,
        actor: 'ann',
        reason: options.reason ?? 'a test',
        ...(options.params && { params: options.params }),
        ...(options.planHash && { planHash: options.planHash }),
      },
    });
  };

function awaitedBy(definition: Registered, row: SagaRow, type: string): string {
  for (const [id, awaited] of Object.entries(row.pending.awaiting)) {
    const { success, refusal } = contractOf(definition, awaited.type);
    if (type === success || type === refusal) return id;
  }
  throw new Error(`nothing in ${row.state} awaits ${type}`);
}
