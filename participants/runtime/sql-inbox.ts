/** The inbox on PostgreSQL: the table `inbox` of a participant's schema, one statement a verb. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import { type Inbox, InboxRace, type InboxState } from './inbox.ts';

const KEYS = columns({ sagaId: 'uuid', commandId: 'text' });
const TYPED_KEYS = columns({ sagaId: 'uuid', commandId: 'text', type: 'text' });
const LATE_REPLIES = columns({ sagaId: 'uuid', commandId: 'text', reply: 'jsontext' });
const DECIDED = columns({ sagaId: 'uuid', commandId: 'text', type: 'text', reply: 'jsontext' });

/** The inbox of a schema. @param sql an open transaction */
export function sqlInbox(sql: Sql, schema: string): Inbox {
  return {
    async read(keys) {
      if (keys.length === 0) return new Map();
      const found = await sql.query<{
        command_id: string;
        saga_id: string;
        state: InboxState;
        reply: string | null;
        created_at: Date;
      }>(
        inMonth(
          sql,
          sagasOf(keys),
          `SELECT i.saga_id::text, i.command_id, i.state, i.reply::text AS reply, i.created_at
       FROM ${KEYS.from('k')}
       JOIN ${schema}.inbox i ON ${probe('i.saga_id', 'k."sagaId"')} AND i.command_id = k."commandId"`,
        ),
        ...KEYS.values(keys),
      );
      return new Map(
        found.map((row) => [
          row.command_id,
          {
            sagaId: row.saga_id,
            commandId: row.command_id,
            state: row.state,
            reply: row.reply,
            createdAt: row.created_at,
          },
        ]),
      );
    },

    readReplies: (sagaIds) =>
      sql.query(
        inMonth(
          sql,
          sagaIds,
          `SELECT saga_id::text AS "sagaId", reply::text AS text, reply->>'type' AS type
       FROM ${schema}.inbox WHERE saga_id = ANY ($1::uuid[]) AND state = 'answered'
      ORDER BY saga_id, answered_at, command_id`,
        ),
        sagaIds,
      ),

    async insertTombstones(named, now) {
      if (named.length === 0) return;
      // Sorted: two undos that lock the same rows in one order cannot deadlock.
      const sorted = [...named].sort(byCommandId);
      await sql.execute(
        `INSERT INTO ${schema}.inbox (saga_id, command_id, type, state, created_at)
     SELECT k."sagaId", k."commandId", k.type, 'tombstone', $1::timestamptz FROM ${TYPED_KEYS.from('k', 2)}
     ON CONFLICT DO NOTHING`,
        now,
        ...TYPED_KEYS.values(sorted),
      );
    },

    async insertDecided(decided, now) {
      if (decided.length === 0) return;
      const sorted = [...decided].sort(byCommandId);
      const written = await sql.execute(
        `INSERT INTO ${schema}.inbox (saga_id, command_id, type, state, reply, created_at, answered_at)
     SELECT t."sagaId", t."commandId", t.type, CASE WHEN t.reply IS NULL THEN 'open' ELSE 'answered' END,
            t.reply, $1::timestamptz, CASE WHEN t.reply IS NULL THEN NULL ELSE $1::timestamptz END
       FROM ${DECIDED.from('t', 2)}
     ON CONFLICT DO NOTHING`,
        now,
        ...DECIDED.values(sorted),
      );
      if (written !== decided.length) throw new InboxRace(decided.length - written);
    },

    async answerOpen(replies, now) {
      if (replies.length === 0) return new Set();
      const updated = await sql.query<{ command_id: string }>(
        inMonth(
          sql,
          sagasOf(replies),
          `UPDATE ${schema}.inbox i SET state = 'answered', reply = a.reply, answered_at = $1::timestamptz
       FROM ${LATE_REPLIES.from('a', 2)}
      WHERE ${probe('i.saga_id', 'a."sagaId"')} AND i.command_id = a."commandId" AND i.state = 'open'
     RETURNING i.command_id`,
        ),
        now,
        ...LATE_REPLIES.values(replies),
      );
      return new Set(updated.map((row) => row.command_id));
    },
  };
}

function sagasOf(rows: ReadonlyArray<{ readonly sagaId: string }>): string[] {
  return rows.map(({ sagaId }) => sagaId);
}

function byCommandId(a: { commandId: string }, b: { commandId: string }): number {
  return a.commandId < b.commandId ? -1 : a.commandId > b.commandId ? 1 : 0;
}
