/** The orchestrator's `asyncapi.json`: every topic of its sagas with what travels on it, from the contracts. */

import { ACTION, actionData, TIMER, timerData } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import { asyncApiDocument, type MessageType } from '#protocol/asyncapi.ts';
import { type Contract, noticeData, noticeTypes } from '#protocol/contract.ts';
import { SAGA_CONTROL, SAGA_REPLIES } from '#protocol/topics.ts';

/** The document of some definitions. */
export function asyncApi(definitions: readonly Registered[]): object {
  const version = definitions.map((one) => `${one.name}.${one.version}`).join('+');
  return asyncApiDocument({ title: 'Order saga orchestrator', version }, travellersOf(definitions));
}

/** Each type once, though several versions of a definition may name it: contracts only grow, so the newest stands. */
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
    summary: 'A person asks something of a saga.',
  });
  return [...byType.values()];
}

function eventsOf(definition: Registered): MessageType[] {
  return Object.entries(definition.events).map(([type, { topic, schema }]) => ({
    type,
    topic,
    data: schema,
    action: type === definition.startedBy ? 'receive' : 'send',
    summary:
      type === definition.startedBy ? 'A event that begins a saga.' : 'A event, for anyone who subscribes.',
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
  const notices = Object.values(noticeTypes(contract)).map((type) => ({
    type,
    topic: SAGA_REPLIES,
    data: noticeData,
    action: 'receive' as const,
    summary: `${contract.name} cannot answer yet: not a reply.`,
  }));
  return [...commands, ...replies, ...notices];
}

const KINDS = {
  forward: 'A step.',
  undo: 'Takes back the commands it names.',
  revoke: 'Forbids the commands it names, as far as they have not been done.',
} as const;
