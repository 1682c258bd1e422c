/** The orchestrator's `asyncapi.json`: every topic of its sagas with its messages, made from the contracts. */

import { ACTION, actionData, TIMER, timerData } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import { asyncApiDocument, type MessageType } from '#protocol/asyncapi.ts';
import { type Contract, NOTICE_KINDS, type NoticeKind, noticeData, noticeType } from '#protocol/contract.ts';
import { SAGA_CONTROL, SAGA_REPLIES } from '#protocol/topics.ts';

/** The document of some definitions. */
export function asyncApi(definitions: readonly Registered[]): object {
  const version = definitions.map((one) => `${one.name}.${one.version}`).join('+');
  return asyncApiDocument({ title: 'Order saga orchestrator', version }, travellersOf(definitions));
}

/** Lists each type once. Contracts only grow, so the newest version of a definition has the widest schema. */
function travellersOf(definitions: readonly Registered[]): MessageType[] {
  const byType = new Map<string, MessageType>();
  for (const definition of definitions.toSorted((a, b) => a.version - b.version)) {
    for (const one of [...eventsOf(definition), ...definition.contracts.flatMap(ofContract)])
      byType.set(one.type, one);
  }
  const control = { topic: SAGA_CONTROL, action: 'receive' } as const;
  byType.set(TIMER, { ...control, type: TIMER, data: timerData, summary: 'A time-out fell due.' });
  byType.set(ACTION, {
    ...control,
    type: ACTION,
    data: actionData,
    summary: 'A person’s action on a saga.',
  });
  return [...byType.values()];
}

function eventsOf(definition: Registered): MessageType[] {
  return Object.entries(definition.events).map(([type, { topic, schema }]) => ({
    type,
    topic,
    data: schema,
    action: type === definition.startedBy ? 'receive' : 'send',
    summary: type === definition.startedBy ? 'Starts a saga.' : 'An event for any subscriber.',
  }));
}

function ofContract(contract: Contract): MessageType[] {
  const commands = Object.entries(contract.commands).map(([type, { kind, data, success, refusal }]) => ({
    type,
    topic: contract.channel,
    data,
    action: 'send' as const,
    summary: `${KINDS[kind]} Answered with ${success} or ${refusal}.`,
  }));
  const replies = Object.entries(contract.replies).map(([type, { topic, data }]) => ({
    type,
    topic,
    data,
    action: 'receive' as const,
    summary: `A reply of ${contract.name}.`,
  }));
  const notices = NOTICE_KINDS.map((kind) => ({
    type: noticeType(contract, kind),
    topic: SAGA_REPLIES,
    data: noticeData,
    action: 'receive' as const,
    summary: `${NOTICES[kind]} Not a reply.`,
  }));
  return [...commands, ...replies, ...notices];
}

const NOTICES: Readonly<Record<NoticeKind, string>> = {
  delayed: 'The reply is late; the participant retries.',
  pending: 'The participant has acted; a third party has yet to decide.',
  parked: 'The participant cannot handle the command.',
  incident: 'An operator is needed, also for a command that was answered.',
};

const KINDS = {
  forward: 'Executes a step.',
  undo: 'Undoes the commands it names.',
  revoke: 'Prevents the commands it names, unless they were executed already.',
} as const;
