/** For payment's tests on the real stack: a fresh database, commands as records, and what was published. */
import { randomUUID } from 'node:crypto';
import { freshDatabase } from '../../scripts/stack/fresh-database.ts';
import { stackUp } from '../../scripts/stack/stack.ts';
import { handleCommands } from '../harness/batch.ts';
import type { Participant } from '../harness/participant.ts';
import type { Envelope, InRecord, OutMessage } from '../wire/envelope.ts';
import { commandId, uuidv7 } from '../wire/ids.ts';
import type { Publisher } from '../wire/kafka/publisher.ts';
import { silent } from '../wire/log.ts';
import { ensurePartitions } from '../wire/partitions.ts';
import { type Database, openDatabase } from '../wire/postgres.ts';
import { payment } from './contract.ts';
import { PAYMENT_TABLES } from './intent.ts';

/** A migrated, empty database with payment's partitions; `close` drops it. */
export async function openTestDatabase(): Promise<{ db: Database; close: () => Promise<void> }> {
  const url = process.env.DATABASE_URL ?? (await stackUp({ name: 'test' })).postgres;
  const fresh = await freshDatabase(url);
  const db = openDatabase(fresh.url, { pool: 6, processName: 'payment-test' });
  await ensurePartitions(db, PAYMENT_TABLES, Date.now());
  return {
    db,
    async close() {
      await db.$disconnect();
      await fresh[Symbol.asyncDispose]();
    },
  };
}

/** Keeps what is published, in order, for a test to look at. */
export class Published implements Publisher {
  readonly messages: OutMessage[] = [];

  async publish(messages: readonly OutMessage[]): Promise<void> {
    this.messages.push(...messages);
  }

  async close(): Promise<void> {}

  /** The envelopes about one saga, in the order they were published. */
  of(sagaId: string): Array<Envelope<Record<string, unknown>> & { topic: string }> {
    return this.messages
      .filter((message) => message.key === sagaId)
      .map((message) => ({ ...JSON.parse(String(message.value)), topic: message.topic }));
  }

  /** The types published about one saga, in order. */
  types(sagaId: string): string[] {
    return this.of(sagaId).map((envelope) => envelope.type);
  }
}

let offset = 0;

/** A command as its record on the channel. */
export function command(sagaId: string, type: string, data: unknown, nth = 1): InRecord {
  const envelope: Envelope = {
    specversion: '1.0',
    id: commandId(sagaId, type, nth),
    type,
    source: '/orchestrator',
    time: new Date().toISOString(),
    subject: sagaId,
    datacontenttype: 'application/json',
    data,
  };
  const value = Buffer.from(JSON.stringify(envelope));
  return {
    topic: payment.channel,
    partition: 0,
    offset: offset++,
    key: sagaId,
    value,
    timestamp: Date.now(),
  };
}

/** A charge of 49.90 EUR. */
export function charge(
  sagaId: string,
  changes: { method?: string; amount?: number; nth?: number } = {},
): InRecord {
  const { nth = 1, ...data } = changes;
  const order = { customerId: 'customer-1', amount: 4990, currency: 'EUR', method: 'pm_card_visa', ...data };
  return command(sagaId, 'payment.charge', order, nth);
}

/** The id of a saga's nth charge. */
export const chargeId = (sagaId: string, nth = 1): string => commandId(sagaId, 'payment.charge', nth);

/** A refund or a void of the nth charges of a saga. */
export function takeBack(
  type: 'payment.refund' | 'payment.void',
  sagaId: string,
  { nth = 1, charges = [1] }: { nth?: number; charges?: number[] } = {},
): InRecord {
  return command(sagaId, type, { undoes: charges.map((n) => chargeId(sagaId, n)) }, nth);
}

export const newSaga = (): string => uuidv7(Date.now());
export const newLease = (): string => randomUUID();

/** Hands records to the participant as its harness does, and waits for what it publishes. */
export async function handle(
  parts: { participant: Participant; db: Database; publisher: Publisher; now?: () => number },
  ...records: InRecord[]
): Promise<void> {
  const { published } = await handleCommands({ log: silent, now: () => Date.now(), ...parts }, records);
  await published;
}
