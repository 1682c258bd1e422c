/** Payment's unit of work under test, on PostgreSQL or in memory, with its rows. */

import { partitionedIn } from '#platform/postgres/tables.ts';
import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { memoryUnitOfWork } from '#runtime/testing/memory-unit-of-work.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { NewIncident } from '../reversal.ts';
import { paymentStore } from '../sql-store.ts';
import type { PaymentStore } from '../store.ts';
import { PAYMENT_TABLES } from '../tables.ts';
import type { StoredIntent } from './memory-intents.ts';
import type { StoredReversal } from './memory-reversals.ts';
import { memoryPaymentStore } from './memory-store.ts';
import type { StoredUndo } from './memory-undos.ts';

export interface PaymentBench {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  /** A saga's rows, whole, by their command ids. */
  intents(sagaId: string): Promise<StoredIntent[]>;
  undos(sagaId: string): Promise<StoredUndo[]>;
  /** A saga's ledger, by the gateway's ids. */
  reversals(sagaId: string): Promise<Array<Pick<StoredReversal, 'id' | 'kind' | 'amount' | 'state' | 'own'>>>;
  /** A saga's incidents, by their causes. */
  incidents(sagaId: string): Promise<NewIncident[]>;
  close(): Promise<void>;
}

export async function postgresPaymentBench(): Promise<PaymentBench & { readonly database: TestDatabase }> {
  const database = await openTestDatabase(...partitionedIn(PAYMENT_TABLES).map(({ name }) => name));
  const rows = <Row>(columns: string, table: string, sagaId: string) =>
    database.db.query<Row>(
      `SELECT ${columns} FROM payment.${table} WHERE saga_id = $1::uuid ORDER BY command_id`,
      sagaId,
    );
  return {
    database,
    unitOfWork: sqlUnitOfWork(database.db, 'payment', paymentStore),
    intents: (sagaId) => rows(INTENT, 'intents', sagaId),
    undos: (sagaId) => rows(UNDO, 'undos', sagaId),
    reversals: (sagaId) =>
      rows('reversal_id AS id, kind, amount::float8 AS amount, state, own', 'reversals', sagaId),
    incidents: (sagaId) =>
      rows(
        'saga_id::text AS "sagaId", incident_id AS id, command_id AS "commandId", code, text',
        'incidents',
        sagaId,
      ),
    close: () => database.close(),
  };
}

const INTENT = `saga_id::text AS "sagaId", command_id AS "commandId", gateway, customer_id AS "customerId",
  amount::float8 AS amount, currency, method, gateway_customer AS "gatewayCustomer", traceparent, created_at AS "createdAt", gateway_id AS "gatewayId", outcome,
  decline_code AS "declineCode", goal, undone_at AS "undoneAt", refund_id AS "refundId",
  refund_refusal AS "refundRefusal", tries, key_number AS "keyNumber", last_failure AS "lastFailure", noticed_at AS "noticedAt",
  lease::text AS lease, due_at AS "dueAt"`;
const UNDO = `saga_id::text AS "sagaId", command_id AS "commandId", type, names, traceparent, created_at AS "createdAt",
  noticed_at AS "noticedAt", answered_at AS "answeredAt"`;

export async function memoryPaymentBench(): Promise<PaymentBench> {
  const unitOfWork = memoryUnitOfWork(memoryPaymentStore());
  const of = <Row extends { sagaId: string; commandId: string }>(
    rows: ReadonlyMap<string, Row>,
    saga: string,
  ) =>
    [...rows.values()]
      .filter(({ sagaId }) => sagaId === saga)
      .sort((a, b) => (a.commandId < b.commandId ? -1 : 1));
  return {
    unitOfWork,
    intents: async (sagaId) => of(unitOfWork.tables.intents.rows, sagaId),
    undos: async (sagaId) => of(unitOfWork.tables.undos.rows, sagaId),
    reversals: async (sagaId) => of(unitOfWork.tables.reversals.rows, sagaId),
    incidents: async (sagaId) => of(unitOfWork.tables.incidents.rows, sagaId),
    close: async () => {},
  };
}

/** Both benches, by the name in test titles. */
export const EITHER_BENCH: ReadonlyArray<readonly [name: string, open: () => Promise<PaymentBench>]> = [
  ['on PostgreSQL', postgresPaymentBench],
  ['in memory', memoryPaymentBench],
];
