/** Dead letters on PostgreSQL: a copy of their topic, keyed by its offsets, with the time each was sent again. */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { isUuid } from '#protocol/ids.ts';
import type { ActionDraft } from './action-store.ts';
import { appendApplied, wasAppended } from './action-store.ts';

/** A dead letter's position in its topic. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** A dead letter in a list, without its bytes. */
export interface ListedLetter extends LetterPlace {
  /** Null: its key is no saga's id. */
  readonly sagaId: string | null;
  readonly parkedBy: string;
  readonly parkedAt: Date;
  readonly reason: string;
  readonly text: string;
  readonly originTopic: string;
  readonly originPartition: number;
  readonly originOffset: number;
  readonly resentAt: Date | null;
}

export interface Letter extends ListedLetter {
  readonly key: string | null;
  /** Set only where the key is not UTF-8. */
  readonly keyBytes?: Buffer;
  readonly value: Buffer;
  /** How often the same bytes were parked from the same topic. */
  readonly parkedTimes: number;
}

export interface LogNumber {
  readonly number: number;
  /** No record of it was copied yet, whatever the group has committed. */
  readonly isNew: boolean;
}

export interface LetterQuery {
  readonly sagaId: string | null;
  readonly reason: string | null;
  readonly topic: string | null;
  readonly waiting: boolean | null;
  /** Only letters parked before this offset. */
  readonly before: number | null;
}

/** A partition's log as the brokers describe it. */
export interface LetterLog {
  readonly partition: number;
  /** Null: the brokers report none. */
  readonly topicId: string | null;
}

export interface DeadLetterStore {
  /** Numbers the logs that are read from now on, by partition: a topic with another identity has another log. */
  numberLogs(logs: readonly LetterLog[], now: Date): Promise<ReadonlyMap<number, LogNumber>>;
  /** Copies records of the topic, once each; their offsets are in sequence (log-sequence.ts). */
  copy(records: readonly InRecord[]): Promise<void>;
  list(query: LetterQuery, limit: number): Promise<ListedLetter[]>;
  read(place: LetterPlace): Promise<Letter | null>;
  /** Records that a letter was sent again, here and in the audit; once, however often it is called under one id. */
  noteSent(
    letter: Letter,
    who: Pick<ActionDraft, 'id' | 'actor' | 'role' | 'reason'>,
    now: () => number,
  ): Promise<void>;
}

const LETTERS = columns({
  partition: 'int4',
  offset: 'int8',
  sagaId: 'uuid',
  key: 'text',
  value: 'text',
  parkedBy: 'text',
  parkedAt: 'timestamptz',
  reason: 'text',
  text: 'text',
  originTopic: 'text',
  originPartition: 'int4',
  originOffset: 'int8',
});

const LISTED = {
  partition: true,
  offset: true,
  sagaId: true,
  parkedBy: true,
  parkedAt: true,
  reason: true,
  text: true,
  originTopic: true,
  originPartition: true,
  originOffset: true,
  resentAt: true,
} as const;

/** The store of dead letters. */
export function deadLetterStore(db: Database, prisma: Prisma): DeadLetterStore {
  return {
    numberLogs: (logs, now) =>
      db.transaction(async (sql) => {
        // Two APIs may believe for a moment that a partition is theirs.
        await sql.execute(`SELECT pg_advisory_xact_lock(hashtext('orchestrator.dead_letter_logs'))`);
        const known = await sql.query<LetterLog & { number: number }>(
          `SELECT DISTINCT ON (partition) partition, number, topic_id AS "topicId"
             FROM orchestrator.dead_letter_logs ORDER BY partition, number DESC`,
        );
        const numbers = new Map<number, LogNumber>();
        for (const { partition, topicId } of logs) {
          const last = known.find((one) => one.partition === partition);
          const isNew = last !== undefined && isAnother(last.topicId, topicId);
          const number = (last?.number ?? 0) + (isNew ? 1 : 0);
          numbers.set(partition, { number, isNew });
          await sql.execute(
            `INSERT INTO orchestrator.dead_letter_logs AS l (partition, number, topic_id, noted_at)
             VALUES ($1::int, $2::int, $3, $4::timestamptz)
             ON CONFLICT (partition, number) DO UPDATE SET topic_id = COALESCE(l.topic_id, EXCLUDED.topic_id)`,
            partition,
            number,
            topicId,
            now,
          );
        }
        return numbers;
      }),

    async copy(records) {
      await db.execute(
        `INSERT INTO orchestrator.dead_letters (partition, record_offset, saga_id, key, value, parked_by, parked_at, reason,
           text, origin_topic, origin_partition, origin_offset)
         SELECT l.partition, l."offset", l."sagaId", decode(l.key, 'base64'), decode(l.value, 'base64'), l."parkedBy", l."parkedAt",
           l.reason, l.text, l."originTopic", l."originPartition", l."originOffset"
           FROM ${LETTERS.from('l')} ON CONFLICT DO NOTHING`,
        ...LETTERS.values(records.map(toRow)),
      );
    },

    async list({ sagaId, reason, topic, waiting, before }, limit) {
      const found = await prisma.deadLetter.findMany({
        select: LISTED,
        where: {
          ...(sagaId !== null && { sagaId }),
          ...(reason !== null && { reason }),
          ...(topic !== null && { originTopic: topic }),
          ...(waiting !== null && { resentAt: waiting ? null : { not: null } }),
          ...(before !== null && { offset: { lt: before } }),
        },
        orderBy: [{ partition: 'desc' }, { offset: 'desc' }],
        take: limit,
      });
      return found.map(withNumbers);
    },

    async read(place) {
      const found = await prisma.deadLetter.findUnique({
        select: { ...LISTED, key: true, value: true },
        where: { partition_offset: { partition: place.partition, offset: place.offset } },
      });
      if (found === null) return null;
      const { key, value, ...listed } = found;
      // By the index on the bytes' hash.
      const [same] = await db.query<{ times: number }>(
        `SELECT count(*)::int AS times FROM orchestrator.dead_letters d WHERE d.origin_topic = $1 AND md5(d.value) = $2`,
        listed.originTopic,
        hash('md5', value),
      );
      return {
        ...withNumbers(listed),
        ...keyOf(key === null ? null : Buffer.from(key)),
        value: Buffer.from(value),
        parkedTimes: same?.times ?? 0,
      };
    },

    noteSent: ({ partition, offset, sagaId }, who, now) =>
      db.transaction(async (sql) => {
        if (await wasAppended(sql, who.id)) return;
        const entry = {
          ...who,
          sagaId,
          batchId: null,
          action: 'resend-dead-letter',
          revision: null,
          params: { partition, offset },
          idempotencyKey: null,
        };
        const { createdAt } = await appendApplied(sql, entry, 'sent again', now);
        await sql.execute(
          `UPDATE orchestrator.dead_letters SET resent_at = $3::timestamptz
            WHERE partition = $1::int AND record_offset = $2::bigint`,
          partition,
          offset,
          createdAt,
        );
      }),
  };
}

/** Whether these are the identities of two topics. */
function isAnother(before: string | null, present: string | null): boolean {
  return before !== null && present !== null && before !== present;
}

function withNumbers<T extends { offset: bigint; originOffset: bigint }>(found: T) {
  return { ...found, offset: Number(found.offset), originOffset: Number(found.originOffset) };
}

function keyOf(key: Buffer | null): Pick<Letter, 'key' | 'keyBytes'> {
  if (key === null) return { key };
  return { key: key.toString(), ...(!isUtf8(key) && { keyBytes: key }) };
}

/** Anybody may write to the topic: a header may be missing, malformed or huge. What fits no column becomes unknown. */
function toRow({ partition, offset, key, keyBytes, value, timestamp, headers = {} }: InRecord) {
  return {
    partition,
    offset,
    sagaId: key !== null && isUuid(key) ? key : null,
    key: key === null ? null : (keyBytes ?? Buffer.from(key)).toString('base64'),
    value: (value ?? Buffer.alloc(0)).toString('base64'),
    parkedBy: text(headers['parked-by'], MAX_NAME),
    parkedAt: new Date(instant(Date.parse(headers['parked-at'] ?? '')) ?? instant(timestamp) ?? 0),
    reason: text(headers['reason'], MAX_NAME),
    text: text(headers['text'], MAX_TEXT, ''),
    originTopic: text(headers['topic'], MAX_NAME),
    originPartition: whole(headers['partition'], MAX_INT4),
    originOffset: whole(headers['offset'], Number.MAX_SAFE_INTEGER),
  };
}

/** The longest name of a Kafka topic. An indexed text must stay below 2,700 bytes. */
const MAX_NAME = 249;
const MAX_TEXT = 1_000;
const MAX_INT4 = 2 ** 31 - 1;
const YEAR_10000 = Date.UTC(10_000, 0);

/** A header's text as PostgreSQL can store it. */
function text(found: string | undefined, max: number, missing = 'unknown'): string {
  return (found ?? missing).slice(0, max).replaceAll('\0', '').toWellFormed();
}

/** An instant that both JavaScript and PostgreSQL can hold; null: another one. */
function instant(ms: number): number | null {
  return ms >= 0 && ms < YEAR_10000 ? ms : null;
}

/** A header's whole number; -1: it holds none. */
function whole(found: string | undefined, max: number): number {
  const value = found === undefined || !/^\d{1,16}$/.test(found) ? -1 : Number(found);
  return value <= max ? value : -1;
}
