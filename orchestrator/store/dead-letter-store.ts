/** Dead letters on PostgreSQL: a copy of their topic, keyed by its offsets, with the time each was sent again. */
import { hash } from 'node:crypto';
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';
import type { InRecord } from '#protocol/envelope.ts';
import type { ActionDraft } from './action-rows.ts';
import { appendApplied, underKey, wasAppended } from './append-audit.ts';
import { toLetterRow } from './letter-row-of-record.ts';
import { keyOf, type LetterState } from './letter-rows.ts';

/** A dead letter's position in its topic. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** A dead letter in a list, without its bytes. */
export interface ListedLetter extends LetterPlace {
  /** Null: neither its key nor its body names a saga. */
  readonly sagaId: string | null;
  readonly parkedBy: string;
  readonly parkedAt: Date;
  readonly reason: string;
  readonly text: string;
  readonly originTopic: string;
  readonly originPartition: number;
  readonly originOffset: number;
  readonly resentAt: Date | null;
  readonly discardedAt: Date | null;
  /** When its body was corrected last; null: never. */
  readonly editedAt: Date | null;
  readonly groupId: string;
  /** Its text without ids, quoted values and numbers. */
  readonly groupText: string;
}

export interface Letter extends ListedLetter {
  readonly key: string | null;
  /** Set only where the key is not UTF-8. */
  readonly keyBytes?: Buffer;
  /** As it was parked. */
  readonly value: Buffer;
  /** The corrected body, which is sent instead of `value`; null: there is none. */
  readonly editedValue: Buffer | null;
  /** How often its body was corrected. */
  readonly edits: number;
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
  readonly group?: string | null;
  readonly state?: LetterState | null;
  readonly parkedBefore?: Date | null;
  readonly parkedAfter?: Date | null;
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
  noteSent(letter: SentLetter, who: Sender, now: () => number): Promise<void>;
}

/** Of a sent letter, what is recorded; `edits` says which body it was. */
export type SentLetter = LetterPlace & { readonly sagaId: string | null; readonly edits: number };

/** Who sent a letter again; `id` is that of the audit's entry. */
export type Sender = Pick<ActionDraft, 'id' | 'actor' | 'role' | 'reason' | 'idempotencyKey'>;

/** The action of the audit's entry. */
export const RESEND = 'resend-dead-letter';

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
  discardedAt: true,
  editedAt: true,
  groupId: true,
  groupText: true,
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
        ...LETTERS.values(records.map(toLetterRow)),
      );
    },

    async list(query, limit) {
      const { sagaId, reason, topic, waiting, before } = query;
      const { group = null, state = null, parkedBefore = null, parkedAfter = null } = query;
      const found = await prisma.deadLetter.findMany({
        select: LISTED,
        where: {
          ...(sagaId !== null && { sagaId }),
          ...(reason !== null && { reason }),
          ...(topic !== null && { originTopic: topic }),
          ...(waiting !== null && (waiting ? IN_STATE.open : { NOT: IN_STATE.open })),
          ...(group !== null && { groupId: group }),
          ...((parkedBefore !== null || parkedAfter !== null) && {
            parkedAt: {
              ...(parkedBefore !== null && { lt: parkedBefore }),
              ...(parkedAfter !== null && { gte: parkedAfter }),
            },
          }),
          ...(before !== null && { offset: { lt: before } }),
          ...(state !== null && { AND: [IN_STATE[state]] }),
        },
        orderBy: [{ partition: 'desc' }, { offset: 'desc' }],
        take: limit,
      });
      return found.map(withNumbers);
    },

    async read(place) {
      const found = await prisma.deadLetter.findUnique({
        select: { ...LISTED, key: true, value: true, editedValue: true, edits: true },
        where: { partition_offset: { partition: place.partition, offset: place.offset } },
      });
      if (found === null) return null;
      const { key, value, editedValue, edits, ...listed } = found;
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
        editedValue: editedValue === null ? null : Buffer.from(editedValue),
        edits,
        parkedTimes: same?.times ?? 0,
      };
    },

    noteSent: ({ partition, offset, sagaId, edits }, who, now) =>
      db.transaction(async (sql) => {
        if (await wasAppended(sql, who.id)) return;
        // The letter was sent, whatever the key was used for meanwhile.
        const isTaken = (await underKey(sql, who.actor, who.idempotencyKey)) !== null;
        const entry = {
          ...who,
          sagaId,
          batchId: null,
          action: RESEND,
          revision: null,
          params: { partition, offset, ...(edits > 0 && { edits }) },
          idempotencyKey: isTaken ? null : who.idempotencyKey,
        };
        const { createdAt } = await appendApplied(sql, entry, 'sent again', now);
        await sql.execute(
          `UPDATE orchestrator.dead_letters SET resent_at = $3::timestamptz, resent_batch = NULL, discarded_at = NULL
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

/** A state as Prisma's conditions. */
const IN_STATE = {
  open: { resentAt: null, discardedAt: null },
  resent: { resentAt: { not: null }, discardedAt: null },
  discarded: { discardedAt: { not: null } },
};
