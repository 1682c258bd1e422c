/** The mails on PostgreSQL: one row an event, in the month of its order's id, with which the event's id begins. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import { isUuid } from '#protocol/ids.ts';
import type { Letter } from './letter.ts';
import type { MailStore } from './store.ts';

const MAILS = columns({
  id: 'text',
  orderId: 'uuid',
  recipient: 'text',
  state: 'text',
  answer: 'text',
  letter: 'json',
});

const KEYS = columns({ orderId: 'uuid', id: 'text' });

/** The keys of events. Another text than an event's id has no row. */
const keysOf = (eventIds: readonly string[]) =>
  eventIds.flatMap((id) => {
    const orderId = id.slice(0, id.indexOf('/'));
    return isUuid(orderId) ? [{ orderId, id }] : [];
  });

export function mailStore(sql: Sql): MailStore {
  return {
    async knownMails(eventIds) {
      if (eventIds.length === 0) return new Set();
      const keys = keysOf(eventIds);
      const found = await sql.query<{ id: string }>(
        inMonth(
          sql,
          keys.map(({ orderId }) => orderId),
          `SELECT m.event_id AS id FROM ${KEYS.from('k')}
           JOIN notification.mails m ON ${probe('m.order_id', 'k."orderId"')} AND m.event_id = k.id`,
        ),
        ...KEYS.values(keys),
      );
      return new Set(found.map(({ id }) => id));
    },

    async insertMails(outcomes, now, nextTryAt) {
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
    },

    async claimDeferred(now, leaseUntil, limit) {
      const found = await sql.query<{ letter: Letter & { at: string }; attempts: number; firstAt: Date }>(
        `UPDATE notification.mails m SET next_try_at = $2::timestamptz
       FROM (SELECT order_id, event_id FROM notification.mails
              WHERE state = 'deferred' AND next_try_at <= $1::timestamptz
              ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED) due
      WHERE ${probe('m.order_id', 'due.order_id')} AND m.event_id = due.event_id
     RETURNING m.letter, m.attempts, m.at AS "firstAt"`,
        now,
        leaseUntil,
        limit,
      );
      return found.map(({ letter, ...rest }) => ({
        ...rest,
        letter: { ...letter, at: new Date(letter.at) },
      }));
    },

    async noteAttempt({ letter, handed }, nextTryAt) {
      const again = handed.state === 'deferred';
      await sql.execute(
        `UPDATE notification.mails
        SET state = $2, attempts = attempts + 1, answer = COALESCE($3, answer),
            letter = CASE WHEN $4 THEN letter END, next_try_at = CASE WHEN $4 THEN $5::timestamptz END
      WHERE order_id = $6::uuid AND event_id = $1 AND state = 'deferred'`,
        letter.eventId,
        handed.state,
        handed.state === 'sent' ? null : handed.answer,
        again,
        nextTryAt,
        letter.orderId,
      );
    },
  };
}
