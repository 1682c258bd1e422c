/** Intake's store: inserts a group of orders with their sagas in one statement, and finds earlier orders by key. */

import type { Pending } from '#engine/saga.ts';
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';

/** The columns of a new order and of its saga. */
export interface Birth {
  readonly id: string;
  readonly customerId: string;
  readonly idempotencyKey: string | null;
  readonly requestHash: string;
  readonly currency: string;
  readonly amount: number;
  readonly createdAt: Date;
  readonly definition: string;
  readonly definitionVersion: number;
  readonly partition: number;
  readonly input: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly pending: Pending;
  readonly state: string;
  readonly status: string;
  readonly dueAt: Date;
  readonly traceparent?: string;
}

/** An earlier order under the same id or the customer's same key. */
export interface Earlier {
  readonly id: string;
  readonly requestHash: string;
}

const BIRTHS = columns({
  id: 'uuid',
  customerId: 'text',
  idempotencyKey: 'text',
  requestHash: 'text',
  currency: 'text',
  amount: 'int8',
  createdAt: 'timestamptz',
  definition: 'text',
  definitionVersion: 'int4',
  partition: 'int4',
  input: 'json',
  context: 'json',
  pending: 'json',
  state: 'text',
  status: 'text',
  dueAt: 'timestamptz',
  traceparent: 'text',
});
const KEYS = columns({ id: 'uuid', customerId: 'text', idempotencyKey: 'text' });

/** Inserts sagas only for the inserted orders: the second INSERT reads the first one's RETURNING. */
const INSERT = `
WITH t AS MATERIALIZED (SELECT * FROM ${BIRTHS.from('t')}),
o AS (INSERT INTO orchestrator.orders (id, customer_id, idempotency_key, request_hash, currency, amount, created_at)
  SELECT id, "customerId", "idempotencyKey", "requestHash", currency, amount, "createdAt" FROM t
  ON CONFLICT DO NOTHING RETURNING id),
s AS (INSERT INTO orchestrator.sagas (id, definition, definition_version, partition, customer_id, input, created_at,
    state, status, context, pending, state_since, due_at, traceparent)
  SELECT t.id, t.definition, t."definitionVersion", t.partition, t."customerId", t.input, t."createdAt",
    t.state, t.status, t.context, t.pending, t."createdAt", t."dueAt", t.traceparent
  FROM t WHERE (t.id IN (SELECT id FROM o)) IS TRUE)
SELECT id::text FROM o`;

/** By id: this order, committed by an attempt whose answer was lost. By key: an earlier order. */
const READ_EARLIER = `
WITH k AS MATERIALIZED (SELECT * FROM ${KEYS.from('k')})
SELECT k.id::text AS requested, o.id::text, o.request_hash
  FROM k JOIN orchestrator.orders o ON ${probe('o.id', 'k.id')}
UNION ALL
SELECT k.id::text, o.id::text, o.request_hash
  FROM k JOIN orchestrator.orders o ON ${probe('o.customer_id', 'k."customerId"')} AND o.idempotency_key = k."idempotencyKey"`;

export interface IntakeStore {
  /** Inserts orders and their sagas in one statement. Returns the ids that are new. */
  insert(births: readonly Birth[]): Promise<Set<string>>;
  /** The earlier orders that kept births from being inserted, by the births' ids. */
  readEarlier(births: readonly Birth[]): Promise<Map<string, Earlier>>;
}

/** Intake on PostgreSQL. */
export function intakeStore(db: Database): IntakeStore {
  return {
    async insert(births) {
      const inserted = await db.query<{ id: string }>(INSERT, ...BIRTHS.values(births));
      return new Set(inserted.map(({ id }) => id));
    },
    async readEarlier(births) {
      if (births.length === 0) return new Map();
      const found = await db.query<{ requested: string; id: string; request_hash: string }>(
        READ_EARLIER,
        ...KEYS.values(births),
      );
      return new Map(
        found.map(({ requested, id, request_hash }) => [requested, { id, requestHash: request_hash }]),
      );
    },
  };
}
