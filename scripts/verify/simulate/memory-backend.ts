/** The stores in memory: the product's own twins of its SQL stores, for speed. Each run has new ones. */
import { MemoryDataFault as EngineDataFault, memoryStore } from '#orchestrator/store/testing/memory-store.ts';
import { memoryIssuing } from '#participants/coupon/issuing/testing/memory-store.ts';
import { HANDLERS, PARTICIPANT_NAMES } from '#participants/handlers.ts';
import { setLevels } from '#participants/inventory/set-levels.ts';
import { memoryMailStore } from '#participants/notification/testing/memory-store.ts';
import { memoryUnits } from '#participants/testing/memory-units.ts';
import type { Backend, Backends, LostTombstone } from './backend.ts';
import { raisesNothing } from './due-at.ts';
import { judgeSnapshot } from './judge-snapshot.ts';
import { memoryIntake } from './memory-intake.ts';
import { BEGIN_MS } from './world.ts';

/** As in the API: the delay after which the sweeper publishes an action whose API crashed before it could. */
const FIRST_PUBLISH_MS = 2_000;

/** Whose tombstones are lost: not coupon's, without which the known seeds tell their stories. */
const LOSING = PARTICIPANT_NAMES.filter((name) => name !== 'coupon');

export function memoryBackends(): Backends {
  return {
    next: async () => memoryBackend(),
    async nextIssuing() {
      const { snapshot, ...tables } = memoryIssuing();
      return { name: 'memory', ...tables, backup: snapshot };
    },
    close: async () => {},
  };
}

function memoryBackend(): Backend {
  const engine = memoryStore();
  const units = memoryUnits();
  const { inventory, payment, shipping, coupon } = units;
  const mails = memoryMailStore();
  const intake = memoryIntake(engine);
  const { sagas, actions } = engine.tables;
  const lost: LostTombstone[] = [];
  const raised: string[] = [];
  return {
    name: 'memory',
    engine: raisesNothing(engine, raised),
    sweep: engine,
    units,
    payment,
    mails: mails.store,
    isDataFault: (error) => error instanceof EngineDataFault,

    intake,
    orders: async () => [...intake.orders.values()],

    async requestAction({ sagaId, data, atMs }) {
      if (actions.has(data.actionId)) return;
      engine.insertAction(sagaId, data, new Date(atMs), new Date(atMs + FIRST_PUBLISH_MS));
    },

    loseTombstones(ofOrder) {
      const found = LOSING.flatMap((name) => {
        const { inbox } = units[name].tables;
        const { channel } = HANDLERS[name].participant.contract;
        const gone = [...inbox.rows.values()].filter(({ sagaId, commandId, state }) => {
          const known = sagas.get(sagaId)?.row.pending.givenUp[commandId];
          const isMeant = ofOrder === undefined || ofOrder === sagaId;
          return isMeant && state === 'tombstone' && known?.found === 'not-executed';
        });
        for (const { commandId } of gone) inbox.remove(commandId);
        return gone.map(({ sagaId, commandId }) => ({ channel, sagaId, commandId }));
      });
      lost.push(...found);
      return found;
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
      sagas: count(sagas.values(), ({ row, dueAt }) => row.endedAt === null || dueAt !== null),
      intents: count(payment.tables.intents.rows.values(), ({ dueAt }) => dueAt !== null),
      actions: count(actions.values(), ({ state }) => state === 'waiting'),
      mails: count(mails.mails.values(), ({ state }) => state === 'deferred'),
    }),

    judge: async (gateway, definition) => [
      ...raised,
      ...judgeSnapshot(
        {
          orders: intake.orders,
          sagas,
          journal: engine.tables.journal,
          inboxes: Object.values(units).flatMap(({ tables }) => [...tables.inbox.rows.values()]),
          stock: inventory.tables.stock.rows,
          movements: [...inventory.tables.movements.rows.values()],
          reservations: [...inventory.tables.reservations.rows.values()],
          intents: [...payment.tables.intents.rows.values()],
          reversals: [...payment.tables.reversals.rows.values()],
          incidents: [...payment.tables.incidents.rows.values()],
          shipments: [...shipping.tables.shipments.rows.values()],
          coupons: [...coupon.tables.coupons.rows.values()],
          mails: [...mails.mails.values()],
          gateway,
          lost: new Set(lost.map(({ commandId }) => commandId)),
        },
        definition,
      ),
    ],
  };
}

function count<T>(all: Iterable<T>, is: (one: T) => boolean): number {
  let n = 0;
  for (const one of all) if (is(one)) n += 1;
  return n;
}
