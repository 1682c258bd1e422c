/**
 * The database's beats: a number that only grows, raised about once a second while any process runs. The row is written first and
 * Kafka's number after it, so the row is the larger of both, unless the database was restored to an earlier time.
 */
import type { Sql } from '../postgres/database.ts';

/** How often the database beats, whatever the number of processes. */
export const BEAT_EVERY_MS = 1_000;

/** The group that holds Kafka’s number. */
export const BEATS_GROUP = 'database-beats';

/** How old a database is. */
export interface Beat {
  /** Another one after each rewind. */
  readonly incarnation: string;
  readonly beat: number;
  /** Of the last beat, by the clock of the process that made it. */
  readonly at: Date;
}

interface Row {
  readonly incarnation: string;
  readonly beat: bigint;
  readonly at: Date;
  readonly own: boolean;
}

const READ = 'SELECT incarnation::text, beat, at FROM continuity.beats';

/** Only the first process of a second beats: the others read its beat. */
const BEAT = `
WITH own AS (
  UPDATE continuity.beats SET beat = beat + 1, at = $1::timestamptz
   WHERE at <= $2::timestamptz
  RETURNING incarnation::text, beat, at)
SELECT *, true AS own FROM own
UNION ALL
SELECT incarnation::text, beat, at, false FROM continuity.beats WHERE NOT EXISTS (SELECT FROM own)`;

/** The last beat. */
export async function readBeat(sql: Sql): Promise<Beat> {
  const [row] = await sql.query<Row>(READ);
  return toBeat(row);
}

/** Beats, unless another process has within a second. `own`: it was this call. */
export async function makeBeat(sql: Sql, nowMs: number): Promise<Beat & { readonly own: boolean }> {
  const [row] = await sql.query<Row>(BEAT, new Date(nowMs), new Date(nowMs - BEAT_EVERY_MS));
  return { ...toBeat(row), own: row?.own === true };
}

/** Begins another life of the database, above Kafka’s number. */
export async function renewIncarnation(sql: Sql, above: number, at: Date): Promise<Beat> {
  const [row] = await sql.query<Row>(
    `UPDATE continuity.beats SET incarnation = gen_random_uuid(), beat = GREATEST(beat, $1::bigint) + 1, at = $2::timestamptz
     RETURNING incarnation::text, beat, at`,
    above,
    at,
  );
  return toBeat(row);
}

function toBeat(row: Omit<Row, 'own'> | undefined): Beat {
  if (row === undefined) throw new Error('continuity.beats has no row');
  return { incarnation: row.incarnation, beat: Number(row.beat), at: row.at };
}

/** Whether a database is older than the one whose beats Kafka has: another life of it, or an earlier time of the same. */
export function isOlder(
  { incarnation, beat }: Pick<Beat, 'incarnation' | 'beat'>,
  kept: { readonly offset: number; readonly metadata: string } | null,
): boolean {
  return kept !== null && (kept.metadata !== incarnation || kept.offset > beat);
}
