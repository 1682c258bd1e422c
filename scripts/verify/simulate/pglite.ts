/** The books on the production SQL: PostgreSQL in process, judged by the production ledger. */

import { actionStore } from '#orchestrator/store/action-store.ts';
import { engineStore } from '#orchestrator/store/engine-store.ts';
import { intakeStore } from '#orchestrator/store/intake-store.ts';
import { sweepStore } from '#orchestrator/store/sweep-store.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { sqlIssuingUnitOfWork } from '#participants/coupon/issuing/sql-issuer-store.ts';
import { campaignStore, couponReads } from '#participants/coupon/issuing/sql-store.ts';
import { redemptionStore } from '#participants/coupon/redemption/sql-store.ts';
import { insertCoupon } from '#participants/coupon/redemption/testing/insert-coupon.ts';
import { setLevels } from '#participants/inventory/set-levels.ts';
import { inventoryStore } from '#participants/inventory/sql-store.ts';
import { mailStore } from '#participants/notification/sql-store.ts';
import { PAYMENT_TABLES } from '#participants/payment/intent.ts';
import { paymentStore } from '#participants/payment/sql-store.ts';
import { shippingStore } from '#participants/shipping/sql-store.ts';
import { isDataFault } from '#platform/postgres/database.ts';
import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import { LIMITS } from '../ledger/invariant.ts';
import { INVARIANTS } from '../ledger/invariants/index.ts';
import { onSnapshot } from '../ledger/snapshot.ts';
import type { Backend, Backends, IssuingBackend, Unsettled } from './backend.ts';
import { RAISED_DDL, READ_RAISED } from './due-at.ts';
import { startPglite } from './pglite-server.ts';
import { onRealTime } from './virtual-time.ts';
import { BEGIN_MS } from './world.ts';

const INBOXES = ['inventory.inbox', 'shipping.inbox', 'coupon.inbox'].map((name) => ({ name }));

/** Emptied between runs; what set-up has written stays. */
const TABLES = [
  'orchestrator.orders',
  'orchestrator.sagas',
  'orchestrator.journal',
  'orchestrator.unmatched',
  'orchestrator.actions',
  'orchestrator.dead_letters',
  'inventory.inbox',
  'inventory.reservations',
  'inventory.movements',
  'inventory.stock',
  'payment.inbox',
  'payment.intents',
  'payment.undos',
  'shipping.inbox',
  'shipping.shipments',
  'notification.mails',
  'simulation.raised',
  'coupon.inbox',
  'coupon.coupons',
  'coupon.campaigns',
  'coupon.checkpoints',
  'coupon.lost',
];

const UNSETTLED = `SELECT
  (SELECT count(*)::int FROM orchestrator.sagas WHERE ended_at IS NULL OR due_at IS NOT NULL) AS sagas,
  (SELECT count(*)::int FROM payment.intents WHERE due_at IS NOT NULL) AS intents,
  (SELECT count(*)::int FROM orchestrator.actions WHERE state = 'waiting') AS actions,
  (SELECT count(*)::int FROM notification.mails WHERE state = 'deferred') AS mails`;

/** Long after every run: whatever has ended was there when the gateway's books were read. */
const BOOKS_AT = '2100-01-01T00:00:00Z';

/** Starts the server; it takes seconds, and serves any number of runs, one after the other. */
export async function pgliteBackends(): Promise<Backends> {
  const { db, client, close } = await startPglite([...PARTITIONED, ...PAYMENT_TABLES, ...INBOXES], BEGIN_MS);
  await db.execute(RAISED_DDL);
  const actions = actionStore(db);
  const inventory = sqlUnitOfWork(db, 'inventory', inventoryStore);
  const backend: Backend = {
    name: 'pglite',
    engine: engineStore(db),
    sweep: sweepStore(db),
    inventory,
    payment: sqlUnitOfWork(db, 'payment', paymentStore),
    shipping: sqlUnitOfWork(db, 'shipping', shippingStore),
    coupon: sqlUnitOfWork(db, 'coupon', redemptionStore),
    mails: mailStore(db),
    isDataFault,
    intake: intakeStore(db),
    orders: () =>
      db.query('SELECT id::text, customer_id AS "customerId" FROM orchestrator.orders ORDER BY id'),
    async wish({ sagaId, data: { actionId: id, action, revision, actor, reason, params = {} }, atMs }) {
      const draft = { id, sagaId, action, revision, actor, role: 'operator', reason, idempotencyKey: id };
      await actions.append({ ...draft, params }, () => atMs);
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
            const { examples } = await judge({ client, limits: LIMITS, booksAt: BOOKS_AT });
            lines.push(...examples.map(({ id, what }) => `${name}: ${id}: ${what}`));
          }
          return lines;
        });
        await client.query('DISCARD TEMP');
        return wrong;
      }),
  };
  // As a replica would: the audit refuses deletions by a trigger.
  const deletes = TABLES.map((table) => `DELETE FROM ${table};`).join(' ');
  const clear = `SET session_replication_role = replica; ${deletes} SET session_replication_role = DEFAULT`;
  const issuing: IssuingBackend = {
    name: 'pglite',
    unitOfWork: sqlIssuingUnitOfWork(db),
    reads: couponReads(db),
    campaigns: campaignStore(db),
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
