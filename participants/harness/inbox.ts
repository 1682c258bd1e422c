/**
 * The inbox: one row a command id, for as long as the effect it guards lives. It makes effects happen once.
 *
 * A command is decided first and its row written last, with the reply, in the same transaction: where two race for one
 * row the loser waits, finds it taken, and its whole transaction is rolled back and decided again. An undo writes void
 * rows for the commands it names *first*, so a command that comes later finds itself forbidden.
 */
import { columns } from '../wire/columns.ts';
import type { Sql } from '../wire/postgres.ts';

export type InboxState = 'void' | 'open' | 'answered';

export interface InboxRow {
  readonly sagaId: string;
  readonly commandId: string;
  readonly state: InboxState;
  /** The reply's envelope, the exact text that was sent; null unless answered. */
  readonly reply: string | null;
  /** When the row was made: of a void, the time its refusals bear, so that they too are the same for ever. */
  readonly createdAt: Date;
}

/** A command's row as a transaction leaves it. */
export interface Taken {
  readonly sagaId: string;
  readonly commandId: string;
  readonly type: string;
  /** The reply's envelope; null: open, answered later. */
  readonly reply: string | null;
}

const KEYS = columns({ sagaId: 'uuid', commandId: 'text' });
const TYPED_KEYS = columns({ sagaId: 'uuid', commandId: 'text', type: 'text' });
const ANSWERS = columns({ sagaId: 'uuid', commandId: 'text', reply: 'jsontext' });
const REPLIES = columns({ sagaId: 'uuid', commandId: 'text', type: 'text', reply: 'jsontext' });

/** Another transaction took one of these commands meanwhile: roll back and decide again. */
export class InboxRace extends Error {
  constructor(missing: number) {
    super(`${missing} command(s) were taken by another transaction`);
    this.name = 'InboxRace';
  }
}

/** The rows of some commands, by command id. */
export async function readInbox(
  sql: Sql,
  schema: string,
  keys: ReadonlyArray<{ sagaId: string; commandId: string }>,
): Promise<Map<string, InboxRow>> {
  if (keys.length === 0) return new Map();
  const found = await sql.query<{
    command_id: string;
    saga_id: string;
    state: InboxState;
    reply: string | null;
    created_at: Date;
  }>(
    `SELECT i.saga_id::text, i.command_id, i.state, i.reply::text AS reply, i.created_at
       FROM ${KEYS.from('k')}
       JOIN ${schema}.inbox i ON i.saga_id = k."sagaId" AND i.command_id = k."commandId"`,
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
}

/** Writes void rows for commands that have none. Sorted, so that two undos never wait for each other. */
export async function insertVoids(
  sql: Sql,
  schema: string,
  keys: ReadonlyArray<{ sagaId: string; commandId: string; type: string }>,
  now: Date,
): Promise<void> {
  if (keys.length === 0) return;
  const sorted = [...keys].sort(byCommandId);
  await sql.execute(
    `INSERT INTO ${schema}.inbox (saga_id, command_id, type, state, created_at)
     SELECT k."sagaId", k."commandId", k.type, 'void', $1::timestamptz FROM ${TYPED_KEYS.from('k', 2)}
     ON CONFLICT DO NOTHING`,
    now,
    ...TYPED_KEYS.values(sorted),
  );
}

/**
 * Writes the rows of the commands a transaction decided.
 * @throws InboxRace when one of them has a row by now
 */
export async function insertTaken(
  sql: Sql,
  schema: string,
  taken: readonly Taken[],
  now: Date,
): Promise<void> {
  if (taken.length === 0) return;
  const sorted = [...taken].sort(byCommandId);
  const written = await sql.execute(
    `INSERT INTO ${schema}.inbox (saga_id, command_id, type, state, reply, created_at, answered_at)
     SELECT t."sagaId", t."commandId", t.type, CASE WHEN t.reply IS NULL THEN 'open' ELSE 'answered' END,
            t.reply, $1::timestamptz, CASE WHEN t.reply IS NULL THEN NULL ELSE $1::timestamptz END
       FROM ${REPLIES.from('t', 2)}
     ON CONFLICT DO NOTHING`,
    now,
    ...REPLIES.values(sorted),
  );
  if (written !== taken.length) throw new InboxRace(taken.length - written);
}

/**
 * Records the replies of open commands; what was answered meanwhile keeps its first answer.
 * @returns the ids of the commands whose reply this call recorded
 */
export async function answerOpen(
  sql: Sql,
  schema: string,
  answers: ReadonlyArray<{ sagaId: string; commandId: string; reply: string }>,
  now: Date,
): Promise<Set<string>> {
  if (answers.length === 0) return new Set();
  const updated = await sql.query<{ command_id: string }>(
    `UPDATE ${schema}.inbox i SET state = 'answered', reply = a.reply, answered_at = $1::timestamptz
       FROM ${ANSWERS.from('a', 2)}
      WHERE i.saga_id = a."sagaId" AND i.command_id = a."commandId" AND i.state = 'open'
     RETURNING i.command_id`,
    now,
    ...ANSWERS.values(answers),
  );
  return new Set(updated.map((row) => row.command_id));
}

function byCommandId(a: { commandId: string }, b: { commandId: string }): number {
  return a.commandId < b.commandId ? -1 : a.commandId > b.commandId ? 1 : 0;
}
