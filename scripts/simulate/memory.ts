/** The books in memory: the product's own twins of its SQL, for numbers. Each run has new ones. */
import type { Birth } from '../../orchestrator/store/intake-store.ts';
import { MemoryDataFault as EngineDataFault, memoryStore } from '../../orchestrator/store/memory-store.ts';
import { memoryRedemptionStore } from '../../participants/coupon/memory-redemption-store.ts';
import { memoryBooks } from '../../participants/harness/memory-books.ts';
import { memoryInventoryStore } from '../../participants/inventory/memory-store.ts';
import { setLevels } from '../../participants/inventory/set-levels.ts';
import { memoryMailStore } from '../../participants/notification/memory-store.ts';
import { memoryPaymentStore } from '../../participants/payment/memory-store.ts';
import { memoryShippingStore } from '../../participants/shipping/memory-store.ts';
import type { Backend, Backends } from './backend.ts';
import { judgeBooks } from './judge.ts';
import { BEGIN_MS } from './world.ts';

/** As the API has it: how soon the sweeper publishes an action whose API died before it could. */
const FIRST_PUBLISH_MS = 2_000;

export function memoryBackends(): Backends {
  return { next: async () => memoryBackend(), close: async () => {} };
}

function memoryBackend(): Backend {
  const engine = memoryStore();
  const inventory = memoryBooks(memoryInventoryStore());
  const payment = memoryBooks(memoryPaymentStore());
  const shipping = memoryBooks(memoryShippingStore());
  const coupon = memoryBooks(memoryRedemptionStore());
  const mails = memoryMailStore();
  const orders = new Map<string, Birth>();
  const { sagas, actions } = engine.tables;
  return {
    name: 'memory',
    engine,
    sweep: engine,
    inventory,
    payment,
    shipping,
    coupon,
    mails: mails.store,
    isDataFault: (error) => error instanceof EngineDataFault,

    async place(birth) {
      if (orders.has(birth.id)) return;
      orders.set(birth.id, birth);
      const { id, definition, definitionVersion, partition, customerId, input, createdAt, state, tickets } =
        birth;
      engine.insertSaga(
        {
          ...{ id, definition, definitionVersion, partition, customerId, input, createdAt, state, tickets },
          version: 0,
          revision: 0,
          status: 'running',
          context: birth.context as Record<string, unknown>,
          stuck: null,
          trouble: null,
          paused: false,
          stateSince: createdAt,
          endedAt: null,
        },
        birth.lookAt,
      );
    },

    async wish({ sagaId, data, atMs }) {
      if (actions.has(data.actionId)) return;
      engine.insertAction(sagaId, data, new Date(atMs), new Date(atMs + FIRST_PUBLISH_MS));
    },

    async setStock(levels) {
      const wanted = Object.entries(levels).map(([sku, quantity]) => ({ sku, quantity }));
      await inventory.transaction(({ store }) => setLevels(store, wanted, new Date(BEGIN_MS)));
    },

    issue: (coupons) =>
      coupon.transaction(async () => {
        for (const one of coupons) coupon.tables.coupons.insert(one.id, one);
      }),

    unsettled: async () => ({
      sagas: count(sagas.values(), ({ row, lookAt }) => row.endedAt === null || lookAt !== null),
      intents: count(payment.tables.intents.rows.values(), ({ lookAt }) => lookAt !== null),
      actions: count(actions.values(), ({ state }) => state === 'waiting'),
      mails: count(mails.mails.values(), ({ state }) => state === 'deferred'),
    }),

    judge: async (gateway, definition) =>
      judgeBooks(
        {
          orders,
          sagas,
          journal: engine.tables.journal,
          inboxes: [inventory, payment, shipping, coupon].flatMap(({ tables }) => [
            ...tables.inbox.rows.values(),
          ]),
          stock: inventory.tables.stock.rows,
          movements: [...inventory.tables.movements.rows.values()],
          reservations: [...inventory.tables.reservations.rows.values()],
          intents: [...payment.tables.intents.rows.values()],
          shipments: [...shipping.tables.shipments.rows.values()],
          coupons: [...coupon.tables.coupons.rows.values()],
          mails: [...mails.mails.values()],
          gateway,
        },
        definition,
      ),
  };
}

function count<T>(all: Iterable<T>, is: (one: T) => boolean): number {
  let n = 0;
  for (const one of all) if (is(one)) n += 1;
  return n;
}
