/** Generates an AsyncAPI document from the topics and the message schemas. */
import * as z from 'zod';
import { envelopeSchema } from './codec.ts';
import { CONTENT_TYPE } from './envelope.ts';
import { TOPICS } from './topics.ts';

/** A message type: its topic, the schema of its `data`, and whether the document's owner sends or receives it. */
export interface MessageType {
  readonly type: string;
  readonly topic: string;
  readonly data: z.ZodType;
  readonly action: 'send' | 'receive';
  readonly summary: string;
}

/** The AsyncAPI 3.1 document of message types, from their owner's view. */
export function asyncApiDocument(
  info: { readonly title: string; readonly version: string },
  types: readonly MessageType[],
): object {
  const named = (type: string) => ({ $ref: `#/components/messages/${type}` });
  const channels = TOPICS.flatMap(({ name, partitions, retentionMs, compression, key }) => {
    const own = types.filter(({ topic }) => topic === name);
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
    asyncapi: '3.1.0',
    info: {
      ...info,
      description:
        'CloudEvents 1.0 in structured JSON mode. A command’s reply has the id `<commandid>/reply`, and each repeat has the same bytes.',
    },
    defaultContentType: CONTENT_TYPE,
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(
      types.map(({ type, topic, action, summary }) => [
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
        types.map(({ type, summary }) => [
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
        ...Object.fromEntries(types.map(({ type, data }) => [type, payloadOf(type, data)])),
      },
    },
  };
}

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
