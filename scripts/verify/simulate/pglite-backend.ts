/** The stores on the production SQL: PostgreSQL in process, judged by the production ledger. */

import type { Reader } from '#auditor/invariant.ts';
import { appendAction } from '#orchestrator/store/append-audit.ts';
import { engineStore } from '#orchestrator/store/engine-store.ts';
import { intakeStore } from '#orchestrator/store/intake-store.ts';
import { sweepStore } from '#orchestrator/store/sweep-store.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { sqlIssuingUnitOfWork } from '#participants/coupon/issuing/sql-issuer-store.ts';
import { campaignStore, couponReads } from '#participants/coupon/issuing/sql-store.ts';
import { insertCoupon } from '#participants/coupon/redemption/testing/insert-coupon.ts';
import { ofEach } from '#participants/handlers.ts';
import { setLevels } from '#participants/inventory/set-levels.ts';
import { inventoryStore } from '#participants/inventory/sql-store.ts';
import { mailStore } from '#participants/notification/sql-store.ts';
import { paymentStore } from '#participants/payment/sql-store.ts';
import { PARTICIPANT_TABLES, PARTICIPANTS } from '#participants/registry.ts';
import { isDataFault } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import { INVARIANTS } from '../ledger/invariants/index.ts';
import { LEDGER_LIMITS } from '../ledger/ledger-snapshot.ts';
import { onSnapshot } from '../ledger/snapshot.ts';
import type { Backend, Backends, IssuingBackend, Unsettled } from './backend.ts';
import { RAISED_DDL, READ_RAISED } from './due-at.ts';
import { startPglite } from './pglite-server.ts';
import { onRealTime } from './virtual-time.ts';
import { BEGIN_MS } from './world.ts';

/** The owners of tables: the orchestrator, the participants, the simulation. */
const SCHEMAS = [...new Set(['orchestrator', ...PARTICIPANTS.map(({ schema }) => schema), 'simulation'])];

/** Rows of the set-up, which stay when the tables are emptied between runs. */
const KEPT = ['orchestrator.activations', 'orchestrator.engines', 'coupon.epoch'];

/** The tables of every owner, without their partitions. */
const TABLES = `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN (${SCHEMAS.map((schema) => `'${schema}'`).join(', ')})
  ORDER BY 1`;

const UNSETTLED = `SELECT
  (SELECT count(*)::int FROM orchestrator.sagas WHERE ended_at IS NULL OR due_at IS NOT NULL) AS sagas,
  (SELECT count(*)::int FROM payment.intents WHERE due_at IS NOT NULL) AS intents,
  (SELECT count(*)::int FROM orchestrator.actions WHERE state = 'waiting') AS actions,
  (SELECT count(*)::int FROM notification.mails WHERE state = 'deferred') AS mails`;

/** Long after every run: every order that has ended had ended when the gateway's ledger was read. */
const GATEWAY_READ_AT = '2100-01-01T00:00:00Z';

/** Starts the server; it takes seconds, and serves any number of runs, one after the other. */
export async function pgliteBackends(): Promise<Backends> {
  const { db, client, close } = await startPglite([...PARTITIONED, ...PARTICIPANT_TABLES], BEGIN_MS);
  await db.execute(RAISED_DDL);
  const inventory = sqlUnitOfWork(db, 'inventory', inventoryStore);
  const sql: Reader = { query: async (text, ...values) => (await client.query(text, values)).rows };
  const backend: Backend = {
    name: 'pglite',
    engine: engineStore(db),
    sweep: sweepStore(db),
    units: ofEach((_, { unitOfWork }) => unitOfWork(db)),
    payment: sqlUnitOfWork(db, 'payment', paymentStore),
    mails: mailStore(db),
    isDataFault,
    intake: intakeStore(db),
    orders: () =>
      db.query('SELECT id::text, customer_id AS "customerId" FROM orchestrator.orders ORDER BY id'),
    async requestAction({
      sagaId,
      data: { actionId: id, action, revision, actor, reason, params = {}, planHash = null },
      atMs,
    }) {
      const draft = { id, sagaId, action, revision, actor, role: 'operator', reason, idempotencyKey: id };
      await appendAction(db, { ...draft, params, planHash }, () => atMs);
    },
    loseTombstones: () => [],
    async setStock(levels) {
      const wanted = Object.entries(levels).map(([sku, quantity]) => ({ sku, quantity }));
      await inventory.transaction(({ store }) => setLevels(store, wanted, new Date(BEGIN_MS)));
    },
    async issue(coupons) {
      for (const one of coupons) await insertCoupon(db, one);
    },
    async unsettled() {
      const [found] = await db.query<Unsettled>(UNSETTLED);
      if (found === undefined) throw new Error('no answer');
      return found;
    },
    judge: (gateway) =>
      onRealTime(async () => {
        const wrong = await onSnapshot(client, pieces(gateway), async () => {
          const { rows } = await client.query<{ what: string }>(READ_RAISED);
          const lines = rows.map(({ what }) => what);
          for (const { name, judge } of INVARIANTS) {
            const { examples } = await judge({ sql, limits: LEDGER_LIMITS, gatewayReadAt: GATEWAY_READ_AT });
            lines.push(...examples.map(({ id, what }) => `${name}: ${id}: ${what}`));
          }
          return lines;
        });
        await client.query('DISCARD TEMP');
        return wrong;
      }),
  };
  // As a replica would: the audit refuses deletions by a trigger.
  const tables = (await db.query<{ name: string }>(TABLES)).filter(({ name }) => !KEPT.includes(name));
  const deletes = tables.map(({ name }) => `DELETE FROM ${name};`).join(' ');
  const clear = `SET session_replication_role = replica; ${deletes} SET session_replication_role = DEFAULT`;
  const issuing: IssuingBackend = {
    name: 'pglite',
    unitOfWork: sqlIssuingUnitOfWork(db),
    reads: couponReads(db),
    campaigns: campaignStore(db, openPrisma(db)),
    backup: () => null,
  };
  return {
    async next() {
      await db.execute(clear);
      return backend;
    },
    async nextIssuing() {
      await db.execute(clear);
      return issuing;
    },
    close,
  };
}

async function* pieces<T>(all: readonly T[]): AsyncGenerator<readonly T[]> {
  yield all;
}
