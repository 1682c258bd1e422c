/** One snapshot of the database: every invariant sees the same moment, and nothing can be written by mistake. */
import type { Client } from 'pg';
import type { GatewayLedger } from './gateway-ledger.ts';

/**
 * The narrow view of sagas that the invariants share, so that their wide rows are read once. `quiet`: ended, nothing
 * awaited any more, and no step skipped on evidence; only such orders are held to their final state. `issued`:
 * without commands that were never sent. `due`: the amount due in the end.
 */
const TABLES = `
  CREATE TEMP TABLE ledger_sagas (
    id uuid NOT NULL, status text NOT NULL, state text NOT NULL, version int NOT NULL, quiet boolean NOT NULL,
    created_at timestamptz NOT NULL, ended_at timestamptz, due bigint, currency text, issued int NOT NULL,
    stuck boolean NOT NULL, parked boolean NOT NULL, paused boolean NOT NULL, awaits boolean NOT NULL,
    timed boolean NOT NULL, watched boolean NOT NULL, customer_id text NOT NULL, coupon_id text, amount bigint,
    discount bigint);
  CREATE TEMP TABLE ledger_gateway (
    order_id text NOT NULL, charged bigint NOT NULL, refunded bigint NOT NULL, currency text NOT NULL)`;

const FILL_SAGAS = `
  INSERT INTO pg_temp.ledger_sagas
  SELECT s.id, s.status, s.state, s.version, s.status IN ('completed', 'failed') AND s.due_at IS NULL AND s.pending -> 'skipped' IS NULL,
         s.created_at, s.ended_at, GREATEST(0, o.amount - COALESCE((s.context ->> 'discount')::bigint, 0)), o.currency,
         COALESCE((SELECT sum(n.value::int) FROM json_each_text(s.pending -> 'issued') n), 0)
         - (SELECT count(*)::int FROM json_each(s.pending -> 'givenUp') g WHERE (g.value ->> 'unsent')::boolean),
         s.stuck IS NOT NULL, COALESCE(s.stuck ->> 'code' = 'parked', false), s.paused,
         EXISTS (SELECT FROM json_object_keys(s.pending -> 'awaiting')),
         EXISTS (SELECT FROM json_object_keys(s.pending -> 'timers')), s.due_at IS NOT NULL, s.customer_id,
         s.input ->> 'couponId', o.amount, (s.context ->> 'discount')::bigint
    FROM orchestrator.sagas s LEFT JOIN orchestrator.orders o ON o.id = s.id`;

const FILL_GATEWAY = `
  INSERT INTO pg_temp.ledger_gateway
  SELECT b."orderId", b.charged, b.refunded, b.currency
    FROM json_to_recordset($1::json) AS b("orderId" text, charged bigint, refunded bigint, currency text)`;

/**
 * Plans must not hang on statistics that a bulk of orders has outrun: a nested loop over a million rows never ends,
 * a hash always does.
 */
const SETTINGS = `
  SET LOCAL enable_nestloop = off;
  SET LOCAL jit = off;
  SET LOCAL work_mem = '128MB'`;

/**
 * Runs `work` on one read-only snapshot, on a connection of its own.
 * @param gatewayLedger read to their end before the snapshot begins
 */
export async function onSnapshot<T>(
  client: Client,
  gatewayLedger: AsyncIterable<readonly GatewayLedger[]>,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(TABLES);
  for await (const piece of gatewayLedger) await client.query(FILL_GATEWAY, [JSON.stringify(piece)]);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query(SETTINGS);
  await client.query(FILL_SAGAS);
  await client.query('ANALYZE pg_temp.ledger_sagas, pg_temp.ledger_gateway');
  const result = await work();
  await client.query('ROLLBACK');
  return result;
}
