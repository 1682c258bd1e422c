/** Claims intents for a worker under a lease, which expires by itself. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import type { GatewayName, Goal, Intent, Outcome } from '../intent.ts';
import type { Claim, Held } from '../store.ts';

interface Row {
  readonly saga_id: string;
  readonly command_id: string;
  readonly customer_id: string;
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  readonly gateway_customer: string | null;
  readonly traceparent: string | null;
  readonly gateway_id: string | null;
  readonly outcome: Outcome;
  readonly goal: Goal;
  readonly undone: boolean;
  readonly refund_id: string | null;
  readonly refund_refused: boolean;
  readonly tries: number;
  readonly key_number: number;
}

/** Exported for EXPLAIN. Values: gateway, now, max, lease, end of the lease. */
export const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT d.saga_id, d.command_id FROM payment.intents d
     WHERE d.gateway = $1 AND d.due_at <= $2::timestamptz
     ORDER BY d.due_at LIMIT $3::int FOR UPDATE SKIP LOCKED)
  UPDATE payment.intents i SET lease = $4::uuid, due_at = $5::timestamptz, tries = i.tries + 1
    FROM due WHERE ${probe('i.saga_id', 'due.saga_id')} AND i.command_id = due.command_id
  RETURNING i.saga_id::text, i.command_id, i.customer_id, i.amount::float8 AS amount, i.currency, i.method,
            i.gateway_customer, i.traceparent, i.gateway_id, i.outcome, i.goal, i.undone_at IS NOT NULL AS undone, i.refund_id,
            i.refund_refusal IS NOT NULL AS refund_refused, i.tries, i.key_number`;

export async function claimIntents(
  sql: Sql,
  { gateway, lease, max, now, leaseEndsAt }: Claim,
): Promise<Intent[]> {
  const found = await sql.query<Row>(CLAIM, gateway, now, max, lease, leaseEndsAt);
  return found.map(
    ({
      saga_id,
      command_id,
      customer_id,
      gateway_customer,
      gateway_id,
      refund_id,
      refund_refused,
      key_number,
      ...row
    }) => ({
      ...row,
      sagaId: saga_id,
      commandId: command_id,
      customerId: customer_id,
      gatewayCustomer: gateway_customer,
      gatewayId: gateway_id,
      refundId: refund_id,
      refundRefused: refund_refused,
      keyNumber: key_number,
      lease,
    }),
  );
}

const HELD = columns({ sagaId: 'uuid', commandId: 'text', lease: 'uuid' });

export async function renewLeases(sql: Sql, held: readonly Held[], leaseEndsAt: Date): Promise<void> {
  if (held.length === 0) return;
  await sql.execute(
    inMonth(
      sql,
      held.map(({ sagaId }) => sagaId),
      `WITH held AS MATERIALIZED (
       SELECT i.saga_id, i.command_id
         FROM ${HELD.from('h', 2)}
         JOIN payment.intents i ON ${probe('i.saga_id', 'h."sagaId"')} AND i.command_id = h."commandId" AND i.lease = h.lease
        ORDER BY h."sagaId", h."commandId" FOR UPDATE OF i)
     UPDATE payment.intents i SET due_at = $1::timestamptz
       FROM held h WHERE ${probe('i.saga_id', 'h.saga_id')} AND i.command_id = h.command_id`,
    ),
    leaseEndsAt,
    ...HELD.values(held),
  );
}

// COALESCE: a bare comparison would also let the index of what is due serve, and it holds every intent of the gateway.
export async function wakeIntents(sql: Sql, sagaIds: readonly string[], now: Date): Promise<void> {
  await sql.execute(
    inMonth(
      sql,
      sagaIds,
      `UPDATE payment.intents SET due_at = $2::timestamptz
      WHERE saga_id = ANY ($1::uuid[]) AND lease IS NULL AND COALESCE(due_at > $2::timestamptz, false)`,
    ),
    sagaIds,
    now,
  );
}

export async function countUntried(sql: Sql, gateway: GatewayName, max: number): Promise<number> {
  const [found] = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT 1 FROM payment.intents
        WHERE gateway = $1 AND due_at IS NOT NULL AND lease IS NULL AND goal = 'charge' AND tries = 0
        LIMIT $2::int) AS waiting`,
    gateway,
    max,
  );
  return found?.count ?? 0;
}
