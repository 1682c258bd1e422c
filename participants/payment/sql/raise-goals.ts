/** Raises the goal of the intents that a refund or a revoke names. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { Goal, IntentKey, Outcome } from '../intent.ts';
import type { NamedIntent } from '../store.ts';

const KEYS = columns({ sagaId: 'uuid', commandId: 'text' });

/**
 * Raises the goal and makes intents with work left due at once; undoes the ones without a gateway itself. An intent
 * under a lease keeps it: its worker finds the new goal when it writes the outcome. Locks the rows in order, so that two
 * transactions cannot deadlock.
 */
export async function raiseGoals(
  sql: Sql,
  keys: readonly IntentKey[],
  goal: Exclude<Goal, 'charge'>,
  now: Date,
): Promise<Map<string, NamedIntent>> {
  if (keys.length === 0) return new Map();
  const found = await sql.query<{ command_id: string; outcome: Outcome; undone: boolean }>(
    inMonth(
      sql,
      keys.map(({ sagaId }) => sagaId),
      `WITH named AS MATERIALIZED (
       SELECT i.saga_id, i.command_id
         FROM ${KEYS.from('n', 3)}
         JOIN payment.intents i ON ${probe('i.saga_id', 'n."sagaId"')} AND i.command_id = n."commandId"
        ORDER BY n."sagaId", n."commandId" FOR UPDATE OF i)
     UPDATE payment.intents i SET
        goal = CASE WHEN i.goal = 'undo' THEN 'undo' ELSE $1 END,
        undone_at = CASE WHEN $1 = 'undo' AND i.gateway = 'none' AND i.outcome = 'charged'
                         THEN COALESCE(i.undone_at, $2::timestamptz) ELSE i.undone_at END,
        refund_id = CASE WHEN $1 = 'undo' AND i.refund_refusal IS NOT NULL THEN NULL ELSE i.refund_id END,
        refund_refusal = CASE WHEN $1 = 'undo' THEN NULL ELSE i.refund_refusal END,
        tries = CASE WHEN i.lease IS NULL THEN 0 ELSE i.tries END,
        due_at = CASE WHEN i.lease IS NULL AND i.gateway <> 'none' AND (i.outcome = 'open'
                         OR ($1 = 'undo' AND i.outcome = 'charged' AND i.undone_at IS NULL))
                       THEN $2::timestamptz ELSE i.due_at END
       FROM named n WHERE ${probe('i.saga_id', 'n.saga_id')} AND i.command_id = n.command_id
     RETURNING i.command_id, i.outcome, i.undone_at IS NOT NULL AS undone`,
    ),
    goal,
    now,
    ...KEYS.values(keys),
  );
  return new Map(found.map(({ command_id: commandId, ...row }) => [commandId, { ...row, commandId }]));
}
