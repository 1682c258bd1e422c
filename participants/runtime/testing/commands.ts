/** For tests of participants: makes commands as records, runs them, and keeps the published messages. */
import type { Publisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import type { Contract } from '#protocol/contract.ts';
import type { Envelope, InRecord, OutMessage } from '#protocol/envelope.ts';
import { commandId, uuidv7 } from '#protocol/ids.ts';
import { handleCommands } from '../handle-batch.ts';
import type { Participant } from '../participant.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

export const newSaga = (): string => uuidv7(Date.now());

let offset = 0;

/** A record with any value, under a key. */
export function recordOf(topic: string, key: string | null, value: string | Buffer | null): InRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return { topic, partition: 0, offset: offset++, key, value: bytes, timestamp: Date.now() };
}

/** A command as its record on the channel. */
export function commandRecord(
  contract: Pick<Contract, 'channel'>,
  sagaId: string,
  type: string,
  data: unknown,
  { nth = 1, ...changes }: { nth?: number; deadline?: string } = {},
): InRecord {
  const envelope: Envelope = {
    specversion: '1.0',
    id: commandId(sagaId, type, nth),
    type,
    source: '/orchestrator',
    time: new Date().toISOString(),
    subject: sagaId,
    datacontenttype: 'application/json',
    ...changes,
    data,
  };
  return recordOf(contract.channel, sagaId, JSON.stringify(envelope));
}

/** A publisher that keeps its messages, in order. */
export class Published implements Publisher {
  readonly messages: OutMessage[] = [];

  async publish(messages: readonly OutMessage[]): Promise<void> {
    this.messages.push(...messages);
  }

  async close(): Promise<void> {}

  /** The envelopes about one saga with their topics, in order, without dead letters. */
  of(sagaId: string): Array<Envelope<Record<string, unknown>> & { topic: string }> {
    return this.messages
      .filter(({ key, topic }) => key === sagaId && topic !== 'dead-letters')
      .map((message) => ({ ...JSON.parse(String(message.value)), topic: message.topic }));
  }

  /** The types of the messages about one saga, in order. */
  types(sagaId: string): string[] {
    return this.of(sagaId).map(({ type }) => type);
  }

  /** The reasons of the dead letters, in order. */
  parked(): Array<string | undefined> {
    return this.messages
      .filter(({ topic }) => topic === 'dead-letters')
      .map(({ headers }) => headers?.reason);
  }
}

/** Runs a batch through a participant; resolves once its replies are published. */
export async function runBatch<Store>(
  parts: {
    participant: Participant<Store>;
    unitOfWork: UnitOfWork<Store>;
    publisher: Publisher;
    now?: () => number;
    onWoken?: (commandIds: readonly string[]) => void;
    onDecided?: () => void;
  },
  records: readonly InRecord[],
): Promise<void> {
  const { published } = await handleCommands({ log: silent, now: () => Date.now(), ...parts }, records);
  await published;
}
