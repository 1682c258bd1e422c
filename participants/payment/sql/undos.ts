/** The refunds and revokes that wait for their intents. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { IntentKey, Outcome, Refusal } from '../intent.ts';
import type { WaitingUndo } from '../store.ts';
import type { Settled } from '../undo-answer.ts';

const UNDOS = columns({
  sagaId: 'uuid',
  commandId: 'text',
  type: 'text',
  names: 'json',
  traceparent: 'text',
});
const KEYS = columns({ sagaId: 'uuid', commandId: 'text' });

export async function insertUndos(sql: Sql, undos: readonly WaitingUndo[], now: Date): Promise<void> {
  if (undos.length === 0) return;
  await sql.execute(
    `INSERT INTO payment.undos (saga_id, command_id, type, names, traceparent, created_at)
     SELECT u."sagaId", u."commandId", u.type, u.names, u.traceparent, $1::timestamptz
       FROM ${UNDOS.from('u', 2)}
     ON CONFLICT DO NOTHING`,
    now,
    ...UNDOS.values(undos),
  );
}

export async function lockWaitingUndos(sql: Sql, sagaIds: readonly string[]): Promise<WaitingUndo[]> {
  const found = await sql.query<{
    saga_id: string;
    command_id: string;
    type: WaitingUndo['type'];
    names: WaitingUndo['names'];
    traceparent: string | null;
  }>(
    inMonth(
      sql,
      sagaIds,
      `SELECT u.saga_id::text, u.command_id, u.type, u.names, u.traceparent
       FROM payment.undos u
      WHERE u.saga_id = ANY ($1::uuid[]) AND u.answered_at IS NULL
      ORDER BY u.saga_id, u.command_id FOR UPDATE`,
    ),
    sagaIds,
  );
  return found.map(({ saga_id, command_id, ...undo }) => ({
    ...undo,
    sagaId: saga_id,
    commandId: command_id,
  }));
}

export async function recordAnswered(sql: Sql, undos: readonly IntentKey[], now: Date): Promise<void> {
  await sql.execute(
    inMonth(
      sql,
      undos.map(({ sagaId }) => sagaId),
      `UPDATE payment.undos u SET answered_at = $1::timestamptz
       FROM ${KEYS.from('a', 2)}
      WHERE ${probe('u.saga_id', 'a."sagaId"')} AND u.command_id = a."commandId"`,
    ),
    now,
    ...KEYS.values(undos),
  );
}

export async function readSettled(sql: Sql, sagaIds: readonly string[]): Promise<Map<string, Settled>> {
  const found = await sql.query<{
    command_id: string;
    outcome: Outcome;
    undone: boolean;
    refusal: Refusal | null;
  }>(
    inMonth(
      sql,
      sagaIds,
      `SELECT command_id, outcome, undone_at IS NOT NULL AS undone, refund_refusal AS refusal
       FROM payment.intents WHERE saga_id = ANY ($1::uuid[])`,
    ),
    sagaIds,
  );
  return new Map(
    found.map(({ command_id, outcome, undone, refusal }) => [
      command_id,
      { outcome, undone, refundRefusal: refusal },
    ]),
  );
}

export async function takeNotices(
  sql: Sql,
  sagaIds: readonly string[],
  now: Date,
  noticeBefore: Date,
): Promise<Array<Pick<WaitingUndo, 'sagaId' | 'commandId' | 'traceparent'>>> {
  if (sagaIds.length === 0) return [];
  const found = await sql.query<{ saga_id: string; command_id: string; traceparent: string | null }>(
    inMonth(
      sql,
      sagaIds,
      `UPDATE payment.undos SET noticed_at = $2::timestamptz
      WHERE saga_id = ANY ($1::uuid[]) AND answered_at IS NULL
        AND (noticed_at IS NULL OR noticed_at <= $3::timestamptz)
     RETURNING saga_id::text, command_id, traceparent`,
    ),
    sagaIds,
    now,
    noticeBefore,
  );
  return found.map(({ saga_id, command_id, traceparent }) => ({
    sagaId: saga_id,
    commandId: command_id,
    traceparent,
  }));
}
