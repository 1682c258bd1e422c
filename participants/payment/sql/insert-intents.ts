/** Inserts the intents of a batch of charge commands. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import type { NewIntent } from '../intent.ts';

const INTENTS = columns({
  sagaId: 'uuid',
  commandId: 'text',
  gateway: 'text',
  customerId: 'text',
  amount: 'int8',
  currency: 'text',
  method: 'text',
  gatewayCustomer: 'text',
  traceparent: 'text',
  gatewayId: 'text',
  outcome: 'text',
  declineCode: 'text',
});

/**
 * Inserts a batch in one statement. Leaves an existing row alone: another transaction decided that command, and the
 * inbox, which this transaction writes next, rolls it back.
 */
export async function insertIntents(sql: Sql, intents: readonly NewIntent[], now: Date): Promise<void> {
  if (intents.length === 0) return;
  await sql.execute(
    `INSERT INTO payment.intents (saga_id, command_id, gateway, customer_id, amount, currency, method, gateway_customer,
                                  traceparent, created_at, gateway_id, outcome, decline_code, due_at)
     SELECT n."sagaId", n."commandId", n.gateway, n."customerId", n.amount, n.currency, n.method, n."gatewayCustomer",
            n.traceparent, $1::timestamptz, n."gatewayId", n.outcome, n."declineCode",
            CASE WHEN n.outcome = 'open' THEN $1::timestamptz END
       FROM ${INTENTS.from('n', 2)}
     ON CONFLICT DO NOTHING`,
    now,
    ...INTENTS.values(intents),
  );
}
