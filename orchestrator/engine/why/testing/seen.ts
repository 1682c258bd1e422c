/** For tests: what surrounds an order that waits, as data. */
import { definition, given, NOW_MS } from '#orchestrator/sagas/order/testing/given.ts';
import type { SagaRow } from '../../saga.ts';
import type { BrokerObservations, GroupPace, Observations, StateAhead, TopicFlow } from '../observations.ts';

export const AHEAD: readonly StateAhead[] = [
  { state: 'created', endedBy: 'order.created' },
  { state: 'reservingInventory', endedBy: 'inventory.reserved' },
  { state: 'chargingPayment', endedBy: 'payment.charged' },
  { state: 'confirmingInventory', endedBy: 'inventory.confirmed' },
  { state: 'preparingShipping', endedBy: 'shipping.prepared' },
];
export const WAY = AHEAD.map(({ state }) => state);
export const AT_MS = NOW_MS + 2_000;

export const flow = (group: string, topic: string, change: Partial<TopicFlow> = {}): TopicFlow => ({
  ...{ group, topic, end: 0, readTo: 0, perSecond: 0, allUnread: 0, allPerSecond: 0 },
  ...{ allWrittenPerSecond: 0, hasMovedBefore: true },
  ...{ allReadSinceMs: AT_MS, allUnreadSinceMs: null, allWritten: null, ...change },
});

/** Engines that read so many records a second, and lately others too. */
export const pace = (perSecond: number | null, lately: readonly number[] = []): GroupPace => {
  const all = [perSecond ?? 0, ...lately];
  const [slowestPerSecond, fastestPerSecond] = [Math.min(...all), Math.max(...all)];
  return { group: 'engine', perSecond, slowestPerSecond, fastestPerSecond, peakPerSecond: fastestPerSecond };
};

/** Brokers whose engines read so many starts a second, with so many unread. */
export const brokers = (perSecond: number | null, unread: number): BrokerObservations => ({
  atMs: AT_MS,
  flows: [
    flow('engine', 'order-created', {
      ...{ end: unread, perSecond, allUnread: unread, allPerSecond: perSecond },
    }),
    flow('inventory', 'inventory-requested'),
    flow('payment', 'payment-requested'),
  ],
  paces: [pace(perSecond)],
  groups: [
    { group: 'engine', members: 1 },
    { group: 'inventory', members: 1 },
    { group: 'payment', members: 1 },
  ],
});

export const row: SagaRow = given().row;

/** What is observed of an order that waits for its reservation, while nothing stands in its way. */
export function seen(change: Partial<Observations> = {}): Observations {
  return {
    ...{ nowMs: AT_MS, row, sweepState: {}, definition, engines: { alive: 1, knowing: 1 } },
    ...{ brokers: brokers(100, 0), alike: 0, before: { inState: 0, onBrake: 0 }, reported: {}, usual: {} },
    ...{ letters: [], pausedBy: null, waitingAction: null, brake: null, blocked: [], loads: [] },
    ...{ brakes: new Map(), ahead: AHEAD.slice(1), wholeWay: WAY },
    ...change,
  };
}
