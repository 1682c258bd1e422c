/** Payment's process: its worker, its watch of the money that moves at the gateway, and its pace where calls are limited. */
import type { Gateway } from '#participants/payment/gateway.ts';
import { guarded } from '#participants/payment/gateways/guarded.ts';
import { paced } from '#participants/payment/gateways/paced.ts';
import { paymentParticipant } from '#participants/payment/handlers.ts';
import { createInspector } from '#participants/payment/inspect.ts';
import { openPace } from '#participants/payment/pacing/pace.ts';
import { reconcile } from '#participants/payment/reconcile.ts';
import type { PaymentStore } from '#participants/payment/store.ts';
import { createWorker, type Worker } from '#participants/payment/worker.ts';
import { type Loop, startLoop } from '#participants/payment/worker-loop.ts';
import { messageOf } from '#protocol/errors.ts';
import type { Participant } from '#runtime/participant.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Bus } from './bus.ts';
import { unitOfWorkOf } from './database-calls.ts';
import type { GatewayAccount } from './gateway-account.ts';
import { repeatedly } from './repeatedly.ts';
import type { Life } from './scheduler.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';
import type { World } from './world.ts';

const GATEWAY_TIMEOUT_MS = 6_000;
/** Intents attempted at once by a process. */
const GATEWAY_CALLS = { few: 10, many: 100 };

/** What runs beside a participant's consumer. */
export interface Beside {
  readonly onWoken?: (ids: readonly string[]) => void;
  readonly onDecided?: () => void;
  readonly paused?: () => boolean;
  readonly room?: () => number;
  /** The process's clock, where the parts of a process must agree on the time. */
  readonly now?: () => number;
}

interface PaymentParts {
  readonly world: World;
  readonly life: Life;
  readonly bus: Bus;
  readonly gateway: SimulatedGateway;
  readonly unitOfWork: UnitOfWork<PaymentStore>;
}

/** @param consume begins to read the participant's commands */
export function startPayment(
  { world, life, bus, gateway, unitOfWork }: PaymentParts,
  consume: (participant: Participant<PaymentStore>, beside: Beside) => void,
): void {
  const log = world.log(life);
  const own = unitOfWorkOf(world, life, unitOfWork);
  const reached = guarded(gateway.reachedBy(life), { timeoutMs: GATEWAY_TIMEOUT_MS, log });
  const parts = {
    ...{
      unitOfWork: own,
      publisher: bus.producer(life),
      gateway: reached,
      gatewayName: 'simulator' as const,
    },
    ...{ log, now: world.clockOf(life), random: world.random.next, newLease: () => world.random.uuid() },
  };
  if (gateway.account !== null) {
    startPaced(world, life, parts, gateway.account, consume);
    return;
  }
  const worker = createWorker(parts);
  const soon = keepWorking(world, life, worker);
  if (world.faults.day.movesMoney) watchMoney({ world, life, bus, gateway, unitOfWork: own }, reached);
  consume(paymentParticipant({ gateway: 'simulator' }), { onDecided: soon, onWoken: soon });
}

/** As `main.ts` composes them: the pace, the worker, and the loop that bounds what the consumer takes. */
function startPaced(
  world: World,
  life: Life,
  parts: Parameters<typeof createWorker>[0],
  { setting: limit }: GatewayAccount,
  consume: (participant: Participant<PaymentStore>, beside: Beside) => void,
): void {
  const { gatewayName, log, now } = parts;
  const unitOfWork = byTheWorldsClock(world, parts.unitOfWork);
  const pace = openPace({ unitOfWork, gatewayName, limit, log });
  const worker = createWorker({ ...parts, gateway: paced(parts.gateway, pace) });
  let loop: Loop | undefined;
  const participant = paymentParticipant({
    gateway: 'simulator',
    onIntents: (count) => loop?.added(count),
  });
  // In an event of the process, so that its timers end with it.
  world.scheduler.in(0, life, () => {
    const running = startLoop({ ...parts, worker, calls: GATEWAY_CALLS.many, pace });
    loop = running;
    const { paused, room, woken, wake } = running;
    consume(participant, { paused, room, now, onWoken: woken, onDecided: wake });
  });
}

/** The pace's row is read by the database's clock, which PostgreSQL in process takes from the machine. */
function byTheWorldsClock(world: World, unitOfWork: UnitOfWork<PaymentStore>): UnitOfWork<PaymentStore> {
  const timed = (store: PaymentStore): PaymentStore => ({
    ...store,
    lockPace: async (name) => ({ ...(await store.lockPace(name)), nowMs: Math.floor(world.nowMs) }),
  });
  return {
    ...unitOfWork,
    transaction: (work) => unitOfWork.transaction((open) => work({ ...open, store: timed(open.store) })),
  };
}

/** Runs a worker's turns and renews its leases. @returns a function that starts a turn soon */
function keepWorking(world: World, life: Life, worker: Worker): () => void {
  const turn = async () => {
    const free = GATEWAY_CALLS.few - worker.underWay();
    if (free > 0) await worker.turn(free);
  };
  repeatedly(world, life, 1_000, 5_000, turn);
  repeatedly(world, life, 3_000, 4_000, () => (worker.underWay() > 0 ? worker.renew() : Promise.resolve()));
  return () =>
    void world.scheduler.in(1, life, () => {
      void turn().catch((error) => world.story.add(life.name, messageOf(error)));
    });
}

/** Payment receives the gateway's webhooks, and compares its lists. */
function watchMoney({ world, life, bus, gateway, unitOfWork }: PaymentParts, reached: Gateway): void {
  const about = { unitOfWork, gateway: reached, log: world.log(life), now: world.clockOf(life) };
  const inspector = createInspector({ ...about, publisher: bus.producer(life) });
  gateway.moves.subscribe(life, (paymentId) => {
    void inspector
      .inspect(paymentId)
      .then(() => inspector.publishIncidents())
      .catch((error) => world.story.add(life.name, `webhook: ${messageOf(error)}`));
  });
  repeatedly(world, life, 10_000, 40_000, () => reconcile({ ...about, inspector }));
  repeatedly(world, life, 1_000, 3_000, () => inspector.publishIncidents());
}
