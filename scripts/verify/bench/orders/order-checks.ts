/** Queries of a run on the database, outside the measured window: before its start and after its end. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { customerOf, SOLD_OUT_SKU } from './bodies.ts';
import type { Ending } from './outcomes.ts';

/** Ids a statement is given at the most. */
const AT_ONCE = 10_000;

export interface OrderChecks {
  /** The number of orders before the run. @throws StackProblem when the sold-out item is in stock */
  before(): Promise<number>;
  /** Sagas with an id from `first` on that have not ended. */
  moving(first: string): Promise<number>;
  /** E-mails about orders with an id from `first` on. */
  mails(first: string): Promise<number>;
  /** How each of some orders ended. */
  endings(ids: readonly string[]): Promise<Map<string, Ending>>;
  /** The ids of orders whose answer was lost, by their number. */
  findLost(orders: readonly number[], keyOf: (order: number) => string): Promise<Map<number, string>>;
  close(): Promise<void>;
}

/** Connects. */
export async function openOrderChecks(databaseUrl: string): Promise<OrderChecks> {
  const client = new pg.Client({ ...connectionTo(databaseUrl), application_name: 'bench' });
  // The next query reports a broken connection; without a listener the event would end the process.
  client.on('error', () => {});
  await client.connect();
  const count = async (text: string, ...values: unknown[]) =>
    Number((await client.query<{ n: string }>(text, values)).rows[0]?.n ?? 0);
  return {
    async before() {
      const left = await count('SELECT available AS n FROM inventory.stock WHERE sku = $1', SOLD_OUT_SKU);
      if (left > 0) {
        throw new StackProblem(
          `${SOLD_OUT_SKU} is in stock (${left}): \`npm run stock -- set ${SOLD_OUT_SKU} 0\` first.`,
        );
      }
      return count('SELECT count(*) AS n FROM orchestrator.orders');
    },

    moving: (first) =>
      count(
        `SELECT count(*) AS n FROM orchestrator.sagas
          WHERE due_at IS NOT NULL AND id >= $1::uuid AND status IN ('running', 'compensating')`,
        first,
      ),

    mails: (first) => count('SELECT count(*) AS n FROM notification.mails WHERE order_id >= $1::uuid', first),

    async endings(ids) {
      const endings = new Map<string, Ending>();
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const { rows } = await client.query<Ending & { id: string }>(
          `SELECT id::text, status, ended_at AS "endedAt", context -> 'failure' ->> 'reason' AS reason
             FROM orchestrator.sagas WHERE id = ANY ($1::uuid[])`,
          [ids.slice(from, from + AT_ONCE)],
        );
        for (const { id, ...ending } of rows) endings.set(id, ending);
      }
      return endings;
    },

    async findLost(orders, keyOf) {
      const { rows } = await client.query<{ n: number; id: string }>(
        `SELECT k.n, o.id::text FROM json_to_recordset($1::json) AS k(n int, customer text, key text)
           JOIN orchestrator.orders o ON o.customer_id = k.customer AND o.idempotency_key = k.key`,
        [JSON.stringify(orders.map((n) => ({ n, customer: customerOf(n), key: keyOf(n) })))],
      );
      return new Map(rows.map(({ n, id }) => [n, id]));
    },

    close: () => client.end(),
  };
}
