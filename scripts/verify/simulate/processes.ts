/** The processes of the product: production code, given a simulated bus, clock, gateway and mail server. */
import { ofEach, PARTICIPANT_NAMES } from '#participants/handlers.ts';
import { END_TOPICS } from '#participants/notification/event.ts';
import { orderEventHandler } from '#participants/notification/handle-order-events.ts';
import { processedEventsIn } from '#participants/notification/processed-events.ts';
import { retryDeferred } from '#participants/notification/retry-deferred.ts';
import { handleCommands } from '#runtime/handle-batch.ts';
import type { Participant } from '#runtime/participant.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import { storeOf, unitOfWorkOf } from './database-calls.ts';
import { openEngines } from './engines.ts';
import { Group } from './group.ts';
import { SimulatedMailServer } from './mail-transport.ts';
import { refusedTooSoon, reportedTooSoon } from './money-rules.ts';
import { keepsTheNewest } from './newest-answer.ts';
import { type Beside, startPayment } from './payment-process.ts';
import { repeatedly } from './repeatedly.ts';
import { Rollout } from './rollout.ts';
import type { Life } from './scheduler.ts';
import { type Apis, openApis } from './simulated-apis.ts';
import { SimulatedGateway } from './simulated-gateway.ts';
import type { World } from './world.ts';

/** The product, ready to be started process by process. */
export interface Product {
  readonly gateway: SimulatedGateway;
  readonly mailServer: SimulatedMailServer;
  readonly apis: Apis;
  /** How each kind of process begins its life. */
  readonly start: Readonly<Record<ProcessKind, (life: Life) => void>>;
}
export const KINDS = ['api', 'engine', ...PARTICIPANT_NAMES, 'notification'] as const;
export type ProcessKind = (typeof KINDS)[number];

export function openProduct(world: World, bus: Bus, backend: Backend): Product {
  const gateway = new SimulatedGateway(world);
  const mailServer = new SimulatedMailServer(world);
  bus.rules.push((message) => reportedTooSoon(gateway, message) ?? refusedTooSoon(gateway, message));
  const payment = keepsTheNewest(backend.payment, world.wrong);
  bus.rules.push((message) => gateway.account?.judge(message) ?? null);
  const rollout = new Rollout(world);
  const apis = openApis(world, bus, backend, rollout);
  const groups = ofEach(
    (name, { participant }) => new Group(world, bus, name, [participant.contract.channel]),
  );
  const notification = new Group(world, bus, 'notification', END_TOPICS);

  function startParticipant<Store>(
    life: Life,
    group: Group,
    participant: Participant<Store>,
    unitOfWork: UnitOfWork<Store>,
    { onWoken, onDecided, paused, room, now = world.clockOf(life) }: Beside = {},
  ): void {
    const publisher = bus.producer(life);
    const parts = { participant, publisher, log: world.log(life), now };
    const beside = { ...(onWoken && { onWoken }), ...(onDecided && { onDecided }) };
    const own = unitOfWorkOf(world, life, unitOfWork);
    group.join(life, {
      handle: (records) => handleCommands({ ...parts, ...beside, unitOfWork: own }, records),
      ...(paused && { paused }),
      ...(room && { room }),
    });
  }

  return {
    gateway,
    mailServer,
    apis,
    start: {
      api: apis.start,

      engine: openEngines(world, bus, backend, rollout),

      ...ofEach(
        (name, { participant }) =>
          (life: Life) =>
            startParticipant(life, groups[name], participant, backend.units[name]),
      ),

      payment: (life) =>
        startPayment({ world, life, bus, gateway, unitOfWork: payment }, (participant, options) =>
          startParticipant(life, groups.payment, participant, payment, options),
        ),

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
        notification.join(life, { handle: handleOrderEvents, paused });
        repeatedly(world, life, 10_000, 15_000, () => retryDeferred({ mails, transport, log, now }));
      },
    },
  };
}
