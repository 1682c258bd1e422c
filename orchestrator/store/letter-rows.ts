/** Dead letters as rows: which a filter chooses, their state, and what sending one takes. */
import { isUtf8 } from 'node:buffer';

/** open: nobody has dealt with it; resent: it was sent again; discarded: nobody will. */
export const LETTER_STATES = ['open', 'resent', 'discarded'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** Chooses letters; null: any. */
export interface LetterFilter {
  readonly sagaId: string | null;
  readonly reason: string | null;
  readonly topic: string | null;
  readonly group: string | null;
  readonly state: LetterState | null;
  readonly parkedBefore: Date | null;
  readonly parkedAfter: Date | null;
  /** Only letters up to this offset. */
  readonly upTo: number | null;
}

/** The state of a row, in SQL. */
export const STATE_OF = (row: string) =>
  `CASE WHEN ${row}.discarded_at IS NOT NULL THEN 'discarded' WHEN ${row}.resent_at IS NOT NULL THEN 'resent' ELSE 'open' END`;

/** The condition of a filter on `dead_letters d`, with the parameters of `chosenBy` as the first eight. */
export const WHERE_CHOSEN = `($1::uuid IS NULL OR d.saga_id = $1) AND ($2::text IS NULL OR d.reason = $2)
    AND ($3::text IS NULL OR d.origin_topic = $3) AND ($4::text IS NULL OR d.group_id = $4)
    AND ($5::text IS NULL OR ${STATE_OF('d')} = $5) AND ($6::timestamptz IS NULL OR d.parked_at < $6)
    AND ($7::timestamptz IS NULL OR d.parked_at >= $7) AND ($8::bigint IS NULL OR d.record_offset <= $8)`;

export function chosenBy({
  sagaId,
  reason,
  topic,
  group,
  state,
  parkedBefore,
  parkedAfter,
  upTo,
}: LetterFilter): unknown[] {
  return [sagaId, reason, topic, group, state, parkedBefore, parkedAfter, upTo];
}

/** The state of a letter. */
export function letterState(row: {
  readonly resentAt: Date | null;
  readonly discardedAt: Date | null;
}): LetterState {
  if (row.discardedAt !== null) return 'discarded';
  return row.resentAt === null ? 'open' : 'resent';
}

/** A letter with all that sending it takes. */
export interface SendableLetter {
  readonly partition: number;
  readonly offset: number;
  readonly sagaId: string | null;
  readonly originTopic: string;
  /** With U+FFFD in place of what is not UTF-8. */
  readonly key: string | null;
  /** Set only where the key is not UTF-8. */
  readonly keyBytes?: Buffer;
  /** As it was parked. */
  readonly original: Buffer;
  /** As it is sent: corrected, if somebody did. */
  readonly value: Buffer;
  readonly edits: number;
  readonly editedAt: Date | null;
  readonly resentAt: Date | null;
  /** The batch that sent it last; null: a person did, or nobody. */
  readonly resentBatch: string | null;
  readonly discardedAt: Date | null;
  /** How often the bytes that would be sent were parked from the same topic. */
  readonly parkedTimes: number;
}

/** A row as PostgreSQL gives it. */
export function toSendable(
  raw: Omit<SendableLetter, 'offset' | 'key' | 'original'> & {
    readonly offset: bigint;
    readonly key: Buffer | null;
    readonly editedValue: Buffer | null;
  },
): SendableLetter {
  const { offset, key, value: original, editedValue, ...rest } = raw;
  return {
    ...rest,
    offset: Number(offset),
    ...keyOf(key),
    original,
    value: editedValue ?? original,
  };
}

/** A key as text, with its bytes where they are another text. */
export function keyOf(key: Buffer | null): { key: string | null; keyBytes?: Buffer } {
  if (key === null) return { key };
  return { key: key.toString(), ...(!isUtf8(key) && { keyBytes: key }) };
}
