/** A worker's writes to its intents: each statement writes a batch, under its leases alone. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { Goal } from '../intent.ts';
import type { Held, Outcomes, Postponed, PostponedRow, Written } from '../store.ts';

const HELD = { sagaId: 'uuid', commandId: 'text', lease: 'uuid' } as const;
const GATEWAY_IDS = columns({ ...HELD, gatewayId: 'text' });
const OUTCOMES = columns({
  ...HELD,
  outcome: 'text',
  declineCode: 'text',
  undone: 'bool',
  refundId: 'text',
  refundRefusal: 'json',
});
const RELEASED = columns(HELD);
const POSTPONED = columns({
  ...HELD,
  goal: 'text',
  lastFailure: 'text',
  refundId: 'text',
  dueAt: 'timestamptz',
  untried: 'bool',
  newKey: 'bool',
});

const sagasOf = (items: readonly Held[]) => items.map(({ sagaId }) => sagaId);

/** Locks the rows of a batch whose lease still holds, in order, so that two workers cannot deadlock. */
const held = (batch: string) => `
  WITH held AS MATERIALIZED (
    SELECT h.* FROM ${batch}
      JOIN payment.intents i ON ${probe('i.saga_id', 'h."sagaId"')} AND i.command_id = h."commandId" AND i.lease = h.lease
     ORDER BY h."sagaId", h."commandId" FOR UPDATE OF i)`;
const SAME = `${probe('i.saga_id', 'h."sagaId"')} AND i.command_id = h."commandId" AND i.lease = h.lease`;

export async function writeGatewayIds(
  sql: Sql,
  items: ReadonlyArray<Held & { gatewayId: string }>,
): Promise<Set<string>> {
  const written = await sql.query<{ command_id: string }>(
    inMonth(
      sql,
      sagasOf(items),
      `${held(GATEWAY_IDS.from('h'))}
     UPDATE payment.intents i SET gateway_id = h."gatewayId" FROM held h WHERE ${SAME} RETURNING i.command_id`,
    ),
    ...GATEWAY_IDS.values(items),
  );
  return new Set(written.map((row) => row.command_id));
}

export async function writeOutcomes(sql: Sql, items: readonly Outcomes[], now: Date): Promise<Written[]> {
  if (items.length === 0) return [];
  const written = await sql.query<{
    saga_id: string;
    command_id: string;
    goal: Goal;
    gateway_id: string | null;
  }>(
    inMonth(
      sql,
      sagasOf(items),
      `${held(OUTCOMES.from('h', 2))}
     UPDATE payment.intents i SET
        outcome = COALESCE(h.outcome, i.outcome),
        decline_code = COALESCE(h."declineCode", i.decline_code),
        undone_at = CASE WHEN h.undone THEN $1::timestamptz ELSE i.undone_at END,
        refund_id = COALESCE(h."refundId", i.refund_id),
        refund_refusal = COALESCE(h."refundRefusal", i.refund_refusal),
        key_number = i.key_number + CASE WHEN h."refundRefusal" IS NULL THEN 0 ELSE 1 END,
        last_failure = NULL
       FROM held h WHERE ${SAME}
     RETURNING i.saga_id::text, i.command_id, i.goal, i.gateway_id`,
    ),
    now,
    ...OUTCOMES.values(items),
  );
  return written.map(({ saga_id, command_id, goal, gateway_id }) => ({
    sagaId: saga_id,
    commandId: command_id,
    goal,
    gatewayId: gateway_id,
  }));
}

export async function releaseIntents(sql: Sql, items: readonly Held[], now: Date): Promise<Set<string>> {
  const released = await sql.query<{ command_id: string; due: boolean }>(
    inMonth(
      sql,
      sagasOf(items),
      `${held(RELEASED.from('h', 2))}
     UPDATE payment.intents i SET lease = NULL, tries = 0,
        due_at = CASE WHEN i.goal = 'undo' AND i.outcome = 'charged' AND i.undone_at IS NULL
                            AND i.refund_refusal IS NULL THEN $1::timestamptz END
       FROM held h WHERE ${SAME} RETURNING i.command_id, i.due_at IS NOT NULL AS due`,
    ),
    now,
    ...RELEASED.values(items),
  );
  return new Set(released.filter((row) => row.due).map((row) => row.command_id));
}

export async function postponeIntents(
  sql: Sql,
  items: readonly Postponed[],
  now: Date,
  noticeBefore: Date,
): Promise<PostponedRow[]> {
  const NOTICE = `i.goal = 'charge' AND (i.noticed_at IS NULL OR i.noticed_at <= $2::timestamptz)`;
  const postponed = await sql.query<{
    saga_id: string;
    command_id: string;
    goal: Goal;
    tries: number;
    due_at: Date;
    traceparent: string | null;
    notice: boolean;
  }>(
    inMonth(
      sql,
      sagasOf(items),
      `${held(POSTPONED.from('h', 3))}
     UPDATE payment.intents i SET lease = NULL, last_failure = h."lastFailure",
        refund_id = COALESCE(h."refundId", i.refund_id),
        tries = GREATEST(0, i.tries - CASE WHEN h.untried THEN 1 ELSE 0 END),
        key_number = i.key_number + CASE WHEN h."newKey" THEN 1 ELSE 0 END,
        due_at = CASE WHEN i.goal = h.goal THEN h."dueAt" ELSE $1::timestamptz END,
        noticed_at = CASE WHEN ${NOTICE} THEN $1::timestamptz ELSE i.noticed_at END
       FROM held h WHERE ${SAME}
     RETURNING i.saga_id::text, i.command_id, i.goal, i.tries, i.due_at, i.traceparent,
               i.goal = 'charge' AND i.noticed_at = $1::timestamptz AS notice`,
    ),
    now,
    noticeBefore,
    ...POSTPONED.values(items),
  );
  return postponed.map(({ saga_id, command_id, due_at, ...row }) => ({
    ...row,
    sagaId: saga_id,
    commandId: command_id,
    dueAt: due_at,
  }));
}
