/** The processes of the product: production code, given a simulated bus, clock, gateway and mail server. */
import { definitionKey } from '../../orchestrator/engine/batch.ts';
import { type Registered, register } from '../../orchestrator/engine/define.ts';
import { engineTopics } from '../../orchestrator/engine/incoming.ts';
import { ENGINE_GROUP } from '../../orchestrator/engine/look.ts';
import { handleBatch } from '../../orchestrator/engine/loop.ts';
import { sweepOnce } from '../../orchestrator/engine/sweeper.ts';
import { orderSaga } from '../../orchestrator/sagas/order/index.ts';
import { couponParticipant } from '../../participants/coupon/handlers.ts';
import { handleCommands } from '../../participants/harness/batch.ts';
import type { Books } from '../../participants/harness/books.ts';
import type { Participant } from '../../participants/harness/participant.ts';
import { inventoryParticipant } from '../../participants/inventory/handlers.ts';
import { retryDeferred } from '../../participants/notification/deferred.ts';
import { delivery } from '../../participants/notification/delivery.ts';
import { END_TOPICS } from '../../participants/notification/event.ts';
import { processedIn } from '../../participants/notification/processed.ts';
import { guarded } from '../../participants/payment/gateways/guarded.ts';
import { paymentParticipant } from '../../participants/payment/handlers.ts';
import { createWorker } from '../../participants/payment/worker.ts';
import { shippingParticipant } from '../../participants/shipping/handlers.ts';
import { messageOf } from '../../participants/wire/errors.ts';
import { booksOf, storeOf } from './atoms.ts';
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import { SimulatedGateway } from './gateway.ts';
import { Group } from './group.ts';
import { SimulatedMailServer } from './outlet.ts';
import type { Life } from './scheduler.ts';
import { timedOutUnread } from './unread.ts';
import type { World } from './world.ts';

/** Short, so that hours of trouble fit into minutes; in the proportions of the product's own. */
const DELAYS = {
  reserveDeadline: 3_000,
  redeemDeadline: 3_000,
  chargeDeadline: 6_000,
  confirmDeadline: 6_000,
  shipDeadline: 6_000,
  undoDeadline: 12_000,
};
const SECOND_LIMIT_MS = 60_000;
const GATEWAY_TIMEOUT_MS = 6_000;
const GATEWAY_CALLS = 10;

/** The definition every run's orders follow. */
export const definition: Registered = register(orderSaga(DELAYS, SECOND_LIMIT_MS));
const definitions = new Map([[definitionKey(definition.name, definition.version), definition]]);

/** The product, ready to be started process by process. */
export interface Product {
  readonly gateway: SimulatedGateway;
  readonly mailServer: SimulatedMailServer;
  /** How each kind of process begins its life. */
  readonly start: Readonly<Record<ProcessKind, (life: Life) => void>>;
}
export const KINDS = ['engine', 'inventory', 'coupon', 'payment', 'shipping', 'notification'] as const;
export type ProcessKind = (typeof KINDS)[number];

export function openProduct(world: World, bus: Bus, backend: Backend): Product {
  const gateway = new SimulatedGateway(world);
  const mailServer = new SimulatedMailServer(world);
  const now = () => Math.floor(world.nowMs);
  const random = world.random.next;
  const engines = new Group(world, bus, ENGINE_GROUP, engineTopics([definition]));
  const channels = {
    inventory: new Group(world, bus, 'inventory', [inventoryParticipant.contract.channel]),
    coupon: new Group(world, bus, 'coupon', [couponParticipant.contract.channel]),
    payment: new Group(world, bus, 'payment', ['payment-requested']),
    shipping: new Group(world, bus, 'shipping', [shippingParticipant.contract.channel]),
    notification: new Group(world, bus, 'notification', END_TOPICS),
  };

  bus.rules.push((message) => timedOutUnread(bus, message, SECOND_LIMIT_MS, now()));

  /** Does something again and again for as long as a process lives. A failure is told, and tried again. */
  const every = (life: Life, lowMs: number, highMs: number, work: () => Promise<unknown>) => {
    const again = () =>
      world.scheduler.in(world.random.between(lowMs, highMs), life, () => {
        void work()
          .catch((error) => world.story.tell(life.name, `failed, and tries again: ${messageOf(error)}`))
          .then(again);
      });
    again();
  };

  function startParticipant<Store>(
    life: Life,
    group: Group,
    participant: Participant<Store>,
    books: Books<Store>,
    beside: { onWoken?: (ids: readonly string[]) => void; onDecided?: () => void } = {},
  ): void {
    const parts = { participant, publisher: bus.producer(life), log: world.log(life), now, ...beside };
    const own = booksOf(world, life, books);
    group.join(life, { handle: (records) => handleCommands({ ...parts, books: own }, records) });
  }

  return {
    gateway,
    mailServer,
    start: {
      engine(life) {
        const outbox = bus.producer(life);
        const log = world.log(life);
        const store = storeOf(world, life, backend.engine);
        const parts = { definitions, store, outbox, log, now, isDataFault: backend.isDataFault };
        engines.join(life, { lanes: 2, handle: (records) => handleBatch(parts, records) });
        const sweeper = { ...parts, store: storeOf(world, life, backend.sweep), random };
        const positions = bus.positions(life);
        every(life, 500, 6_000, () => sweepOnce({ ...sweeper, positions }));
      },

      inventory: (life) =>
        startParticipant(life, channels.inventory, inventoryParticipant, backend.inventory),

      coupon: (life) => startParticipant(life, channels.coupon, couponParticipant, backend.coupon),

      shipping: (life) => startParticipant(life, channels.shipping, shippingParticipant, backend.shipping),

      payment(life) {
        const log = world.log(life);
        const books = booksOf(world, life, backend.payment);
        const worker = createWorker({
          books,
          publisher: bus.producer(life),
          gateway: guarded(gateway.reachedBy(life), { timeoutMs: GATEWAY_TIMEOUT_MS, log }),
          gatewayName: 'simulator',
          log,
          now,
          random,
          newLease: () => world.random.uuid(),
        });
        const turn = async () => {
          const free = GATEWAY_CALLS - worker.underWay();
          if (free > 0) await worker.turn(free);
        };
        const soon = () =>
          void world.scheduler.in(1, life, () => {
            void turn().catch((error) => world.story.tell(life.name, messageOf(error)));
          });
        every(life, 1_000, 5_000, turn);
        every(life, 3_000, 4_000, () => (worker.underWay() > 0 ? worker.renew() : Promise.resolve()));
        const participant = paymentParticipant({ gateway: 'simulator' });
        startParticipant(life, channels.payment, participant, backend.payment, {
          onDecided: soon,
          onWoken: soon,
        });
      },

      notification(life) {
        const log = world.log(life);
        const outlet = mailServer.reachedBy(life);
        const mails = mailServer.heardBy(life, storeOf(world, life, backend.mails));
        const processed = processedIn(null, log);
        const { handle, paused } = delivery({
          mails,
          publisher: bus.producer(life),
          outlet,
          processed,
          log,
          now,
        });
        channels.notification.join(life, { handle, paused });
        every(life, 10_000, 15_000, () => retryDeferred({ mails, outlet, log, now }));
      },
    },
  };
}
