/** Injects the faults of a run: processes killed or frozen, groups rebalanced, data lost. */

import { payment } from '#participants/payment/contract.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { CHANNELS, DEAD_LETTERS } from '#protocol/topics.ts';
import type { Backend } from './backend.ts';
import { type Bus, placeOf, topicOf } from './bus.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { FaultEvent } from './faults.ts';
import type { Life } from './scheduler.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';
import type { World } from './world.ts';

export interface FaultParts {
  readonly world: World;
  readonly bus: Bus;
  readonly backend: Backend;
  readonly gateway: SimulatedGateway;
  /** The present processes, restarted ones included. */
  readonly lives: () => readonly Life[];
  readonly orders: () => readonly string[];
}

const CHARGED = payment.replies['payment.charged'].topic;

/** Schedules every fault of the day at a drawn time. */
export function scheduleFaults(parts: FaultParts): void {
  const { scheduler, faults, random } = parts.world;
  for (const event of faults.events)
    scheduler.in(random.between(0, faults.lastMs), null, () => inject(parts, event));
  if (faults.day.lateReservations) parts.bus.watchers.push((message) => makeReservationsLate(parts, message));
}

/**
 * Brokers lose half of the reservations, so that people edit orders and other reservations replace them. As such an order is charged,
 * inventory loses its tombstone and reads the first reservation after all: just before the confirmation, for any sooner it would be
 * undone before that.
 */
function makeReservationsLate(parts: FaultParts, { topic, key, value }: OutMessage): void {
  const { world, bus } = parts;
  if (!world.faults.active) return;
  if (topic === CHARGED) loseTombstones(parts, key);
  const isFirst = topic === CHANNELS.inventory && value.includes(`"id":"${key}/inventory.reserve"`);
  if (!isFirst || world.random.chance(0.5)) return;
  const place = placeOf(topic, bus.partition(topic, key));
  world.story.add('broker', `loses what is in ${place}`);
  bus.lose(place);
}

function inject(parts: FaultParts, event: FaultEvent): void {
  const { world, bus, gateway } = parts;
  const { random } = world;
  const group = injectCommon(parts, event);
  if (event === 'forgottenKeys') gateway.forgetKeys();
  else if (event === 'gatewayOutage') gateway.breakDown();
  else if (event === 'lostTombstones') loseTombstones(parts);
  else if (event === 'lostRecords') loseRecords(parts);
  else if (event === 'poison') {
    const key = random.pick(['no order', ...parts.orders()]);
    bus.write({ topic: random.pick(group.topics), key, value: '{"not": "an envelope"}' });
  }
}

/** Injects the faults that every scene has: on processes and groups. @returns the group that was picked */
export function injectCommon(
  { world, bus, lives }: Pick<FaultParts, 'world' | 'bus' | 'lives'>,
  event: FaultEvent,
): ConsumerGroup {
  const { random, story } = world;
  const life = random.pick(lives());
  const group = random.pick([...bus.groups.values()]);
  const onOne = event === 'zombie' || event === 'killed';
  story.add('chaos', onOne ? `${event}: ${life.name}` : event);
  if (event === 'zombie') world.standStill(life);
  else if (event === 'offsetsReset') group.reset();
  else if (event === 'rebalance') group.rebalance('by chance');
  else if (event === 'killed') world.kill(life, 'killed');
  return group;
}

/**
 * A participant breaks its word: tombstones are gone although their undos were answered, as after a restore from a
 * backup, and the commands they forbade come after all.
 */
function loseTombstones({ world, bus, backend }: FaultParts, ofOrder?: string): void {
  for (const { channel, sagaId, commandId } of backend.loseTombstones(ofOrder)) {
    world.story.add('chaos', `loses the tombstone of ${commandId}`);
    const log = bus.log(placeOf(channel, bus.partition(channel, sagaId)));
    const sent = log.find(({ value }) => value?.includes(`"id":"${commandId}"`));
    if (sent?.value != null) bus.write({ topic: channel, key: sagaId, value: sent.value });
  }
}

/** Topics whose messages are sent once: no sweeper can find one missing. */
const SENT_ONCE = ['order-completed', 'order-failed', 'coupon-usage', DEAD_LETTERS];

/**
 * Brokers lose acknowledged records before any group has read them, as when the disks of all in-sync replicas fail:
 * commands, replies, timers and actions. Records that a process is handling are spared: their redelivery is the only
 * way to the messages the process was about to publish, and no order outlives the loss of both.
 */
export function loseRecords({ world: { random, story }, bus }: Pick<FaultParts, 'world' | 'bus'>): void {
  const places = [...bus.logs.keys()].filter(
    (place) => !SENT_ONCE.includes(topicOf(place)) && bus.unseen(place) > 0,
  );
  if (places.length === 0) return;
  const place = random.pick(places);
  story.add('broker', `loses the last ${bus.unseen(place)} records of ${place}`);
  bus.lose(place);
}
