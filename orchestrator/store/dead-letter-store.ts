/** Dead letters on PostgreSQL: a copy of their topic, keyed by its offsets, and what was done about each. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { isUuid } from '#protocol/ids.ts';
import type { ActionDraft } from './action-store.ts';
import { appendLink } from './action-store.ts';

/** Where a dead letter stands in its topic. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** A dead letter in a list: nothing of what it says. */
export interface ListedLetter extends LetterPlace {
  /** The saga it is about, where its key names one. */
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

/** A dead letter with its bytes, and how often the same bytes were parked from the same topic. */
export interface Letter extends ListedLetter {
  readonly key: string | null;
  readonly value: Buffer;
  readonly parkedTimes: number;
}

export interface LetterQuery {
  readonly sagaId: string | null;
  readonly reason: string | null;
  readonly topic: string | null;
  readonly waiting: boolean | null;
  /** Only letters parked before this offset. */
  readonly before: number | null;
}

export interface DeadLetterStore {
  /** Copies records of the topic; those copied before are left as they are. */
  copy(records: readonly InRecord[]): Promise<void>;
  list(query: LetterQuery, limit: number): Promise<ListedLetter[]>;
  read(place: LetterPlace): Promise<Letter | null>;
  /** Notes that a letter was sent again, in the audit too. */
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

const LISTED = `d.partition, d.record_offset::float8 AS "offset", d.saga_id::text AS "sagaId", d.parked_by AS "parkedBy",
  d.parked_at AS "parkedAt", d.reason, d.text, d.origin_topic AS "originTopic", d.origin_partition AS "originPartition",
  d.origin_offset::float8 AS "originOffset", d.resent_at AS "resentAt"`;

/** The store of dead letters. */
export function deadLetterStore(db: Database): DeadLetterStore {
  return {
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

    list: ({ sagaId, reason, topic, waiting, before }, limit) =>
      db.query<ListedLetter>(
        `SELECT ${LISTED} FROM orchestrator.dead_letters d
          WHERE ($1::uuid IS NULL OR d.saga_id = $1) AND ($2::text IS NULL OR d.reason = $2)
            AND ($3::text IS NULL OR d.origin_topic = $3) AND ($4::boolean IS NULL OR (d.resent_at IS NULL) = $4)
            AND ($5::bigint IS NULL OR d.record_offset < $5)
          ORDER BY d.partition DESC, d.record_offset DESC LIMIT $6::int`,
        sagaId,
        reason,
        topic,
        waiting,
        before,
        limit,
      ),

    async read({ partition, offset }) {
      const [found] = await db.query<Omit<Letter, 'key' | 'value'> & { key: string | null; value: string }>(
        `SELECT ${LISTED}, encode(d.key, 'base64') AS key, encode(d.value, 'base64') AS value,
                (SELECT count(*)::int FROM orchestrator.dead_letters o
                  WHERE o.origin_topic = d.origin_topic AND md5(o.value) = md5(d.value)) AS "parkedTimes"
           FROM orchestrator.dead_letters d WHERE d.partition = $1::int AND d.record_offset = $2::bigint`,
        partition,
        offset,
      );
      if (found === undefined) return null;
      const key = found.key === null ? null : Buffer.from(found.key, 'base64').toString();
      return { ...found, key, value: Buffer.from(found.value, 'base64') };
    },

    noteSent: ({ partition, offset, sagaId }, who, now) =>
      db.transaction(async (sql) => {
        const entry = {
          ...who,
          sagaId,
          batchId: null,
          action: 'resend-dead-letter',
          revision: null,
          params: { partition, offset },
          idempotencyKey: null,
        };
        const { id, createdAt } = await appendLink(sql, entry, now);
        // Done as it is written: no engine has to take it.
        await sql.execute(
          `UPDATE orchestrator.actions SET state = 'applied', detail = 'sent again', ended_at = $2::timestamptz, due_at = NULL
            WHERE id = $1::uuid`,
          id,
          createdAt,
        );
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

function toRow({ partition, offset, key, value, timestamp, headers = {} }: InRecord) {
  const parkedAt = Date.parse(headers['parked-at'] ?? '');
  return {
    partition,
    offset,
    sagaId: key !== null && isUuid(key) ? key : null,
    key: key === null ? null : Buffer.from(key).toString('base64'),
    value: (value ?? Buffer.alloc(0)).toString('base64'),
    parkedBy: headers['parked-by'] ?? 'unknown',
    parkedAt: new Date(Number.isNaN(parkedAt) ? timestamp : parkedAt),
    reason: headers['reason'] ?? 'unknown',
    text: (headers['text'] ?? '').replaceAll('\0', ''),
    originTopic: headers['topic'] ?? 'unknown',
    originPartition: whole(headers['partition']),
    originOffset: whole(headers['offset']),
  };
}

/** A whole number a header tells; -1 where it tells none. */
function whole(text: string | undefined): number {
  const value = Number(text ?? -1);
  return Number.isSafeInteger(value) ? value : -1;
}
