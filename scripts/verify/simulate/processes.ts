/** The processes of the product: production code, given a simulated bus, clock, gateway and mail server. */
import { couponParticipant } from '#participants/coupon/redemption/handlers.ts';
import { inventoryParticipant } from '#participants/inventory/handlers.ts';
import { END_TOPICS } from '#participants/notification/event.ts';
import { orderEventHandler } from '#participants/notification/handle-order-events.ts';
import { processedEventsIn } from '#participants/notification/processed-events.ts';
import { retryDeferred } from '#participants/notification/retry-deferred.ts';
import type { Gateway } from '#participants/payment/gateway.ts';
import { guarded } from '#participants/payment/gateways/guarded.ts';
import { paymentParticipant } from '#participants/payment/handlers.ts';
import { createInspector } from '#participants/payment/inspect.ts';
import { reconcile } from '#participants/payment/reconcile.ts';
import type { PaymentStore } from '#participants/payment/store.ts';
import { createWorker } from '#participants/payment/worker.ts';
import { shippingParticipant } from '#participants/shipping/handlers.ts';
import { messageOf } from '#protocol/errors.ts';
import { handleCommands } from '#runtime/handle-batch.ts';
import type { Participant } from '#runtime/participant.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import { storeOf, unitOfWorkOf } from './database-calls.ts';
import { openEngines } from './engines.ts';
import { Group } from './group.ts';
import { SimulatedMailServer } from './mail-transport.ts';
import { repeatedly } from './repeatedly.ts';
import { Rollout } from './rollout.ts';
import type { Life } from './scheduler.ts';
import { type Apis, openApis } from './simulated-apis.ts';
import { SimulatedGateway } from './simulated-gateway.ts';
import type { World } from './world.ts';

const GATEWAY_TIMEOUT_MS = 6_000;
const GATEWAY_CALLS = 10;

/** The product, ready to be started process by process. */
export interface Product {
  readonly gateway: SimulatedGateway;
  readonly mailServer: SimulatedMailServer;
  readonly apis: Apis;
  /** How each kind of process begins its life. */
  readonly start: Readonly<Record<ProcessKind, (life: Life) => void>>;
}
export const KINDS = ['api', 'engine', 'inventory', 'coupon', 'payment', 'shipping', 'notification'] as const;
export type ProcessKind = (typeof KINDS)[number];

export function openProduct(world: World, bus: Bus, backend: Backend): Product {
  const gateway = new SimulatedGateway(world);
  const mailServer = new SimulatedMailServer(world);
  const rollout = new Rollout(world);
  const apis = openApis(world, bus, backend, rollout);
  const random = world.random.next;
  const channels = {
    inventory: new Group(world, bus, 'inventory', [inventoryParticipant.contract.channel]),
    coupon: new Group(world, bus, 'coupon', [couponParticipant.contract.channel]),
    payment: new Group(world, bus, 'payment', ['payment-requested']),
    shipping: new Group(world, bus, 'shipping', [shippingParticipant.contract.channel]),
    notification: new Group(world, bus, 'notification', END_TOPICS),
  };

  function startParticipant<Store>(
    life: Life,
    group: Group,
    participant: Participant<Store>,
    unitOfWork: UnitOfWork<Store>,
    beside: { onWoken?: (ids: readonly string[]) => void; onDecided?: () => void } = {},
  ): void {
    const publisher = bus.producer(life);
    const parts = { participant, publisher, log: world.log(life), now: world.clockOf(life), ...beside };
    const own = unitOfWorkOf(world, life, unitOfWork);
    group.join(life, { handle: (records) => handleCommands({ ...parts, unitOfWork: own }, records) });
  }

  /** Payment receives the gateway's webhooks, and compares its lists. */
  function watchMoney(life: Life, unitOfWork: UnitOfWork<PaymentStore>, reached: Gateway): void {
    const about = { unitOfWork, gateway: reached, log: world.log(life), now: world.clockOf(life) };
    const inspector = createInspector({ ...about, publisher: bus.producer(life) });
    gateway.subscribe(life, (paymentId) => {
      void inspector
        .inspect(paymentId)
        .then(() => inspector.publishIncidents())
        .catch((error) => world.story.add(life.name, `webhook: ${messageOf(error)}`));
    });
    repeatedly(world, life, 10_000, 40_000, () => reconcile({ ...about, inspector }));
    repeatedly(world, life, 1_000, 3_000, () => inspector.publishIncidents());
  }

  return {
    gateway,
    mailServer,
    apis,
    start: {
      api: apis.start,

      engine: openEngines(world, bus, backend, rollout),

      inventory: (life) =>
        startParticipant(life, channels.inventory, inventoryParticipant, backend.inventory),

      coupon: (life) => startParticipant(life, channels.coupon, couponParticipant, backend.coupon),

      shipping: (life) => startParticipant(life, channels.shipping, shippingParticipant, backend.shipping),

      payment(life) {
        const log = world.log(life);
        const unitOfWork = unitOfWorkOf(world, life, backend.payment);
        const reached = guarded(gateway.reachedBy(life), { timeoutMs: GATEWAY_TIMEOUT_MS, log });
        const worker = createWorker({
          unitOfWork,
          publisher: bus.producer(life),
          gateway: reached,
          gatewayName: 'simulator',
          log,
          now: world.clockOf(life),
          random,
          newLease: () => world.random.uuid(),
        });
        const turn = async () => {
          const free = GATEWAY_CALLS - worker.underWay();
          if (free > 0) await worker.turn(free);
        };
        const soon = () =>
          void world.scheduler.in(1, life, () => {
            void turn().catch((error) => world.story.add(life.name, messageOf(error)));
          });
        repeatedly(world, life, 1_000, 5_000, turn);
        repeatedly(world, life, 3_000, 4_000, () =>
          worker.underWay() > 0 ? worker.renew() : Promise.resolve(),
        );
        if (world.faults.day.movesMoney) watchMoney(life, unitOfWork, reached);
        const participant = paymentParticipant({ gateway: 'simulator' });
        startParticipant(life, channels.payment, participant, backend.payment, {
          onDecided: soon,
          onWoken: soon,
        });
      },

      notification(life) {
        const log = world.log(life);
        const now = world.clockOf(life);
        const transport = mailServer.reachedBy(life);
        const mails = mailServer.observedBy(life, storeOf(world, life, backend.mails));
        const processed = processedEventsIn(null, log);
        const { handleOrderEvents, paused } = orderEventHandler({
          mails,
          publisher: bus.producer(life),
          transport,
          processed,
          log,
          now,
        });
        channels.notification.join(life, { handle: handleOrderEvents, paused });
        repeatedly(world, life, 10_000, 15_000, () => retryDeferred({ mails, transport, log, now }));
      },
    },
  };
}
