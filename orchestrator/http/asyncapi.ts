/** `asyncapi.json`: every topic with what travels on it, generated from the contracts, so it cannot say another thing. */
import * as z from 'zod';
import { envelopeSchema } from '../../participants/wire/codec.ts';
import { type Contract, noticeData, noticeTypes } from '../../participants/wire/contract.ts';
import { CONTENT_TYPE } from '../../participants/wire/envelope.ts';
import { SAGA_CONTROL, SAGA_REPLIES, TOPICS } from '../../participants/wire/topics.ts';
import { ACTION, actionData, TIMER, timerData } from '../engine/control.ts';
import type { Registered } from '../engine/define.ts';

/** A message type: where it travels, what its `data` is, and whether the orchestrator says or hears it. */
interface Traveller {
  readonly type: string;
  readonly topic: string;
  readonly data: z.ZodType;
  readonly action: 'send' | 'receive';
  readonly summary: string;
}

/** The AsyncAPI 3.0 document of some definitions, seen from the orchestrator. */
export function asyncApi(definitions: readonly Registered[]): object {
  const travellers = travellersOf(definitions);
  const named = (type: string) => ({ $ref: `#/components/messages/${type}` });
  const channels = TOPICS.flatMap(({ name, partitions, retentionMs, compression, key }) => {
    const own = travellers.filter(({ topic }) => topic === name);
    if (own.length === 0) return [];
    const config = { 'cleanup.policy': ['delete'], 'retention.ms': retentionMs };
    const channel = {
      address: name,
      description: `Keyed by ${key}; ${partitions} partitions; ${compression}.`,
      messages: Object.fromEntries(own.map(({ type }) => [type, named(type)])),
      bindings: { kafka: { topic: name, partitions, topicConfiguration: config, bindingVersion: '0.5.0' } },
    };
    return [[name, channel] as const];
  });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Order saga orchestrator',
      version: definitions.map(({ name, version }) => `${name}.${version}`).join('+'),
      description:
        'CloudEvents 1.0 in structured JSON mode. A command’s reply has the id `<commandid>/reply` and is the same bytes for ever.',
    },
    defaultContentType: CONTENT_TYPE,
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(
      travellers.map(({ type, topic, action, summary }) => [
        `${action}.${type}`,
        {
          action,
          summary,
          channel: { $ref: `#/channels/${topic}` },
          messages: [{ $ref: `#/channels/${topic}/messages/${type}` }],
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        travellers.map(({ type, summary }) => [
          type,
          {
            name: type,
            summary,
            contentType: CONTENT_TYPE,
            payload: { $ref: `#/components/schemas/${type}` },
          },
        ]),
      ),
      schemas: {
        envelope: schemaOf(envelopeSchema),
        ...Object.fromEntries(travellers.map(({ type, data }) => [type, payloadOf(type, data)])),
      },
    },
  };
}

/** Each type once, though several versions of a definition may name it: contracts only grow, so the newest stands. */
function travellersOf(definitions: readonly Registered[]): Traveller[] {
  const byType = new Map<string, Traveller>();
  for (const definition of definitions.toSorted((a, b) => a.version - b.version)) {
    for (const one of [...factsOf(definition), ...definition.contracts.flatMap(ofContract)])
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

function factsOf(definition: Registered): Traveller[] {
  return Object.entries(definition.facts).map(([type, { topic, schema }]) => ({
    type,
    topic,
    data: schema,
    action: type === definition.startedBy ? 'receive' : 'send',
    summary:
      type === definition.startedBy ? 'A fact that begins a saga.' : 'A fact, for anyone who subscribes.',
  }));
}

function ofContract(contract: Contract): Traveller[] {
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
  void: 'Forbids the commands it names, as far as they have not been done.',
} as const;

/** An envelope of one type with its data. */
function payloadOf(type: string, data: z.ZodType): object {
  return {
    allOf: [
      { $ref: '#/components/schemas/envelope' },
      {
        type: 'object',
        properties: { type: { const: type }, data: schemaOf(data) },
        required: ['type', 'data'],
      },
    ],
  };
}

function schemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return rest;
}
