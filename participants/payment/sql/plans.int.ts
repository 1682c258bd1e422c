/** The plans of the worker's statements on full tables: each must use an index. */

import { expect } from 'chai';
import type { Sql } from '#platform/postgres/database.ts';
import { partitionedIn } from '#platform/postgres/tables.ts';
import { newSaga } from '#runtime/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { PAYMENT_TABLES } from '../tables.ts';
import { CLAIM } from './claim.ts';
import { insertIntents } from './insert-intents.ts';

const SETTLED = 30_000;
const OPEN = 500;

describe("the plans of payment's statements", () => {
  let database: TestDatabase;

  before(async () => {
    database = await openTestDatabase(...partitionedIn(PAYMENT_TABLES).map(({ name }) => name));
    const intents = Array.from({ length: SETTLED + OPEN }, (_, i) => {
      const sagaId = newSaga();
      const intent = { sagaId, commandId: `${sagaId}/payment.charge`, gateway: 'simulator' as const };
      const outcome = i < SETTLED ? ('charged' as const) : ('open' as const);
      return { ...intent, customerId: 'c', amount: 1, currency: 'EUR', method: 'pm', outcome };
    });
    await insertIntents(database.db, intents, new Date());
    await database.db.execute('ANALYZE payment.intents');
  });
  after(() => database?.close());

  const explain = async (sql: Sql, text: string, ...values: unknown[]): Promise<string> => {
    const lines = await sql.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, BUFFERS OFF) ${text}`,
      ...values,
    );
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  };

  it('claims by the index of due intents, and updates by primary key', async () => {
    const now = new Date(Date.now() + 1_000);
    const rollback = new Error('only the plan');
    let plan = '';
    await database.db
      .transaction(async (sql) => {
        plan = await explain(sql, CLAIM, 'simulator', now, 200, crypto.randomUUID(), now);
        throw rollback;
      })
      .catch((error) => expect(error).to.equal(rollback));
    expect(plan).to.match(/Index Scan using intents_\d+_\d+_gateway_due_at_idx/);
    expect(plan).to.match(/Index Scan using intents_\d+_\d+_pkey/);
    expect(plan).not.to.match(/Seq Scan on intents/);
    expect(plan, 'no node reads more than the batch').not.to.match(/rows=\d{4,}(\.00)? loops/);
  });
});
