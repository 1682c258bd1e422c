/** The mails of the past as rows: what was sent is not sent again; what was put off is tried again. */
import { columns } from '../wire/columns.ts';
import type { Sql } from '../wire/postgres.ts';
import type { Letter } from './letter.ts';
import type { Handed } from './outlet.ts';

/** A mail that was handed over, or was not taken. */
export interface Outcome {
  readonly letter: Letter;
  readonly handed: Handed;
}

/** A mail that was put off and is due. */
export interface Deferred {
  readonly letter: Letter;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was first tried. */
  readonly firstAt: Date;
}

/** Which of some events have a row. */
export async function knownMails(sql: Sql, eventIds: readonly string[]): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const found = await sql.query<{ id: string }>(
    'SELECT event_id AS id FROM notification.mails WHERE event_id = ANY ($1::text[])',
    eventIds,
  );
  return new Set(found.map(({ id }) => id));
}

const MAILS = columns({
  id: 'text',
  orderId: 'uuid',
  recipient: 'text',
  state: 'text',
  answer: 'text',
  letter: 'json',
});

/** Writes what came of some mails; an event that has a row keeps it. `nextTryAt` is for those put off. */
export async function insertMails(
  sql: Sql,
  outcomes: readonly Outcome[],
  now: Date,
  nextTryAt: Date,
): Promise<void> {
  if (outcomes.length === 0) return;
  const sorted = [...outcomes].sort((a, b) => (a.letter.eventId < b.letter.eventId ? -1 : 1));
  await sql.execute(
    `INSERT INTO notification.mails (event_id, order_id, recipient, at, state, answer, letter, next_try_at)
     SELECT m.id, m."orderId", m.recipient, $1::timestamptz, m.state, m.answer, m.letter,
            CASE WHEN m.state = 'deferred' THEN $2::timestamptz END
       FROM ${MAILS.from('m', 3)}
     ON CONFLICT DO NOTHING`,
    now,
    nextTryAt,
    ...MAILS.values(
      sorted.map(({ letter, handed }) => ({
        id: letter.eventId,
        orderId: letter.orderId,
        recipient: letter.to,
        state: handed.state,
        answer: handed.state === 'sent' ? null : handed.answer,
        letter: handed.state === 'deferred' ? letter : null,
      })),
    ),
  );
}

/** Takes mails that are due, for as long as the lease: nobody else takes them until it ends. */
export async function claimDeferred(
  sql: Sql,
  now: Date,
  leaseUntil: Date,
  limit: number,
): Promise<Deferred[]> {
  const found = await sql.query<{ letter: Letter & { at: string }; attempts: number; firstAt: Date }>(
    `UPDATE notification.mails m SET next_try_at = $2::timestamptz
       FROM (SELECT event_id FROM notification.mails
              WHERE state = 'deferred' AND next_try_at <= $1::timestamptz
              ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED) due
      WHERE m.event_id = due.event_id
     RETURNING m.letter, m.attempts, m.at AS "firstAt"`,
    now,
    leaseUntil,
    limit,
  );
  return found.map(({ letter, ...rest }) => ({ ...rest, letter: { ...letter, at: new Date(letter.at) } }));
}

/** Notes another attempt at a mail that was put off. */
export async function noteAttempt(sql: Sql, { letter, handed }: Outcome, nextTryAt: Date): Promise<void> {
  const again = handed.state === 'deferred';
  await sql.execute(
    `UPDATE notification.mails
        SET state = $2, attempts = attempts + 1, answer = COALESCE($3, answer),
            letter = CASE WHEN $4 THEN letter END, next_try_at = CASE WHEN $4 THEN $5::timestamptz END
      WHERE event_id = $1 AND state = 'deferred'`,
    letter.eventId,
    handed.state,
    handed.state === 'sent' ? null : handed.answer,
    again,
    nextTryAt,
  );
}
