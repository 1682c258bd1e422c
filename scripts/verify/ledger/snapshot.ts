/** One snapshot of the database: every invariant sees the same moment, and nothing can be written by mistake. */
import type { Client } from 'pg';
import { ORDERS_DDL, ORDERS_QUERY, ORDERS_VIEW } from '#auditor/orders-view.ts';
import { kept, keptFrom } from '#auditor/slice/order-tables.ts';
import type { GatewayLedger } from './gateway-ledger.ts';

const TABLES = `
  CREATE TEMP TABLE ledger_sagas (${ORDERS_DDL});
  CREATE TEMP TABLE ledger_gateway (
    order_id text NOT NULL, charged bigint NOT NULL, refunded bigint NOT NULL, currency text NOT NULL);
  CREATE TEMP TABLE ledger_gateway_reversals (
    order_id text NOT NULL, id text NOT NULL, kind text NOT NULL, amount bigint NOT NULL, state text NOT NULL,
    created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL)`;

const fillSagas = (orders: string) => `INSERT INTO ${ORDERS_VIEW} ${orders}`;

const FILL_GATEWAY = `
  INSERT INTO pg_temp.ledger_gateway
  SELECT b."orderId", b.charged, b.refunded, b.currency
    FROM json_to_recordset($1::json) AS b("orderId" text, charged bigint, refunded bigint, currency text)`;

const FILL_REVERSALS = `
  INSERT INTO pg_temp.ledger_gateway_reversals
  SELECT r."orderId", r.id, r.kind, r.amount, r.state, to_timestamp(r."createdAt" / 1000), to_timestamp(r."changedAt" / 1000)
    FROM json_to_recordset($1::json) AS r("orderId" text, id text, kind text, amount bigint, state text,
                                          "createdAt" float8, "changedAt" float8)`;

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
  for await (const piece of gatewayLedger) {
    await client.query(FILL_GATEWAY, [JSON.stringify(piece)]);
    const reversals = piece.flatMap(({ orderId, reversals }) =>
      reversals.map((one) => ({ orderId, ...one })),
    );
    await client.query(FILL_REVERSALS, [JSON.stringify(reversals)]);
  }
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query(SETTINGS);
  const dropped = await keptFrom({
    query: async (text, ...values) => (await client.query(text, values)).rows,
  });
  await client.query(fillSagas(dropped === null ? ORDERS_QUERY : kept(ORDERS_QUERY)));
  await client.query(
    'ANALYZE pg_temp.ledger_sagas, pg_temp.ledger_gateway, pg_temp.ledger_gateway_reversals',
  );
  const result = await work();
  await client.query('ROLLBACK');
  return result;
}
