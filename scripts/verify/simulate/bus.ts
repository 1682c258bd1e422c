/** The brokers: logs by topic and partition, and producers whose requests may be lost, doubled or late. */
import type { Positions } from '#engine/ports.ts';
import type { PublishWatch } from '#platform/batching/publication.ts';
import type { Placement, PlacingPublisher } from '#platform/kafka/publisher.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { partitionOf, SAGA_PARTITIONS } from '#protocol/ids.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { BlockedPartitions } from './blocked-partitions.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { Life } from './scheduler.ts';
import { SimulatedBrake } from './simulated-brake.ts';
import type { World } from './world.ts';

/** The producer's delay before it retries an unacknowledged request. */
const RETRY_MS = 250;
/** A partition counts as blocked after it has taken nothing for so long, as the real producer has it. */
const BLOCKED_AFTER_MS = 2_000;

export const placeOf = (topic: string, partition: number) => `${topic}/${partition}`;
export const topicOf = (place: string) => place.slice(0, place.indexOf('/'));

export class Bus {
  readonly logs = new Map<string, InRecord[]>();
  readonly groups = new Map<string, ConsumerGroup>();
  /** Rules that judge each message before it is written; a rule returns the violation or null. */
  readonly rules: Array<(message: OutMessage) => string | null> = [];
  /** Called with each message once it is written. */
  readonly watchers: Array<(message: OutMessage) => void> = [];
  /** Null on a day without. */
  readonly blocked: BlockedPartitions | null;
  /** On days on which a person holds a command. */
  readonly brake: SimulatedBrake | null;
  /** Partitions (`topic/partition`) that a scene has refuse every message. */
  readonly refusing = new Set<string>();
  readonly #world: World;
  readonly #partitions = new Map<string, number>();
  /** The index of the first record of each log that can still be read. */
  readonly #starts = new Map<string, number>();
  /** The indexes at which recreated topics' logs begin. */
  readonly #recreated = new Map<string, readonly number[]>();
  readonly #absentUntil = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.blocked = world.faults.day.blocks ? new BlockedPartitions(world) : null;
    this.brake = world.faults.day.brakes ? new SimulatedBrake(world) : null;
    this.rules.push((message) => this.blocked?.judge(message) ?? this.brake?.judge(message) ?? null);
  }

  log(place: string): readonly InRecord[] {
    return this.logs.get(place) ?? [];
  }

  /** The index of the first record that can still be read. */
  startOf(place: string): number {
    return this.#starts.get(place) ?? 0;
  }

  /** The number of the log that a record is in, by its index: a recreated topic has another one. */
  logNumber(place: string, index: number): number {
    return this.#bases(place).filter((base) => base <= index).length;
  }

  /** The index of the first record of the present log: its offset is 0. */
  base(place: string): number {
    return this.#bases(place).at(-1) ?? 0;
  }

  #bases(place: string): readonly number[] {
    return this.#recreated.get(place) ?? [];
  }

  /** A topic is deleted with all it holds and with the groups' offsets, and created anew after a while. */
  recreate(topic: string): void {
    this.#absentUntil.set(topic, this.#world.nowMs + this.#world.random.between(500, 3_000));
    // Empty partitions too: their logs are of another topic all the same.
    for (let partition = 0; partition < SAGA_PARTITIONS; partition++) {
      const place = placeOf(topic, partition);
      this.lose(place);
      this.#recreated.set(place, [...this.#bases(place), this.log(place).length]);
      for (const group of this.groups.values()) group.forget(place);
    }
  }

  wasRecreated(topic: string): boolean {
    return this.#absentUntil.has(topic);
  }

  isAbsent(topic: string): boolean {
    return this.#world.nowMs < (this.#absentUntil.get(topic) ?? 0);
  }

  /** Loses all that is in a partition. */
  lose(place: string): void {
    this.#starts.set(place, this.log(place).length);
  }

  /** How many records of a partition no process has seen; 0 while one has some of it under way. */
  unseen(place: string): number {
    const readers = [...this.groups.values()].filter(({ topics }) => topics.includes(topicOf(place)));
    if (readers.some((group) => group.hasUnderWay(place))) return 0;
    return Math.max(0, ...readers.map((group) => this.log(place).length - group.readTo(place)));
  }

  partition(topic: string, key: string): number {
    if (topic === DEAD_LETTERS) return 0;
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    const partition = partitionOf(key);
    this.#partitions.set(key, partition);
    return partition;
  }

  /** Writes a message at the end of its partition. @returns where it is */
  write(message: OutMessage): Placement {
    const { topic, key, value, headers } = message;
    for (const violation of this.rules.flatMap((rule) => rule(message) ?? []))
      this.#world.wrong.push(violation);
    const partition = this.partition(topic, key);
    const place = placeOf(topic, partition);
    const log = this.logs.get(place) ?? [];
    this.logs.set(place, log);
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    const timestamp = Math.floor(this.#world.nowMs);
    const offset = log.length - this.base(place);
    log.push({ topic, partition, offset, key, value: bytes, timestamp, ...(headers && { headers }) });
    const placement = { partition, offset, timestamp };
    for (const group of this.groups.values()) if (group.topics.includes(topic)) group.written(partition);
    for (const watch of this.watchers) watch(message);
    return placement;
  }

  /** A process's producer. It tries again until all is acknowledged, as the real one does. */
  producer(life: Life): PlacingPublisher {
    const world = this.#world;
    const lastAt = new Map<string, number>();
    /** By place, since when it has taken nothing. */
    const failingSince = new Map<string, number>();
    /** Sends to one partition; `done` gets the placement of each message as the producer received it. */
    const send = (
      place: string,
      messages: readonly OutMessage[],
      isRetry: boolean,
      done: (placements: readonly Placement[]) => void,
    ) => {
      const { scheduler, faults, story } = world;
      const delayMs =
        world.latency() + (faults.occurs('delayedPublish') ? world.random.between(500, 8_000) : 0);
      // Requests of one producer to one partition arrive in order, except a retry.
      const atMs = isRetry
        ? scheduler.nowMs + delayMs
        : Math.max(scheduler.nowMs + delayMs, lastAt.get(place) ?? 0);
      lastAt.set(place, atMs + 0.001);
      const again = () => scheduler.in(RETRY_MS, life, () => send(place, messages, true, done));
      scheduler.in(atMs - scheduler.nowMs, null, () => {
        // A request that a dying process had sent may arrive or not.
        if (!life.alive && world.random.chance(0.5)) return;
        const ids = messages.map(nameOf).join(', ');
        if (this.#refuses(place, messages)) {
          if (!isRetry) story.add('broker', `${place} takes nothing of ${life.name}: ${ids}`);
          failingSince.set(place, failingSince.get(place) ?? scheduler.nowMs);
          again();
          return;
        }
        failingSince.delete(place);
        if (faults.occurs('lostPublish') || this.isAbsent(topicOf(place))) {
          story.add('broker', `${life.name}'s request to ${place} is lost: ${ids}`);
          again();
          return;
        }
        story.add('broker', `${life.name} -> ${place}: ${ids}`);
        const placements = messages.map((message) => {
          const placement = this.write(message);
          if (!faults.occurs('duplicate')) return placement;
          story.add('broker', `doubled: ${nameOf(message)}`);
          return this.write(message);
        });
        if (faults.occurs('lostAck')) {
          story.add('broker', `the acknowledgement to ${life.name} is lost`);
          again();
        } else {
          scheduler.in(world.latency(), life, () => done(placements));
        }
      });
    };
    const publishPlaced = (
      messages: readonly OutMessage[],
      watch?: PublishWatch,
    ): Promise<readonly Placement[]> => {
      if (messages.length === 0) return Promise.resolve([]);
      if (world.crashes(life, 'before it published')) return new Promise(() => {});
      return new Promise((resolve) => {
        const indexOf = new Map(messages.map((message, index) => [message, index]));
        const byPlace = Map.groupBy(messages, ({ topic, key }) => placeOf(topic, this.partition(topic, key)));
        const placed = new Map<OutMessage, Placement>();
        let missing = byPlace.size;
        for (const [place, some] of byPlace) {
          send(place, some, false, (placements) => {
            placements.forEach((placement, i) => {
              const message = some[i] as OutMessage;
              placed.set(message, placement);
              watch?.onAcknowledged(indexOf.get(message) ?? 0);
            });
            missing -= 1;
            if (missing > 0) world.crashes(life, 'after some of it was published');
            else if (!world.crashes(life, 'after the publish, before the offsets were committed'))
              resolve(messages.map((message) => placed.get(message) as Placement));
          });
        }
      });
    };
    return {
      publishPlaced: (messages) => publishPlaced(messages),
      publish: (messages, watch) => publishPlaced(messages, watch).then(() => {}),
      mayWrite: async () => true,
      isBlocked: (topic, partition) => {
        const since = failingSince.get(placeOf(topic, partition));
        return since !== undefined && world.nowMs - since >= BLOCKED_AFTER_MS;
      },
      close: async () => {},
    };
  }

  /** A sweeper's view: the ends of logs, and the positions of groups. */
  positions(life: Life): Positions {
    const answered = <T>(answer: () => T) =>
      new Promise<T>((resolve) => {
        this.#world.scheduler.in(this.#world.latency(), life, () => resolve(answer()));
      });
    return {
      ends: (places) =>
        answered(() => {
          const keys = places.map(({ topic, partition }) => placeOf(topic, partition));
          return new Map(keys.map((key) => [key, { offset: this.log(key).length, log: null }]));
        }),
      read: (group, places) =>
        answered(() => {
          const keys = places.map(({ topic, partition }) => placeOf(topic, partition));
          return new Map(keys.map((key) => [key, this.groups.get(group)?.readTo(key) ?? this.startOf(key)]));
        }),
    };
  }

  #refuses(place: string, messages: readonly OutMessage[]): boolean {
    if (this.refusing.has(place)) return true;
    if (this.blocked === null) return false;
    const topic = topicOf(place);
    return this.blocked.refuses(topic, Number(place.slice(topic.length + 1)), messages);
  }

  /** Records no group has committed yet. */
  lag(): number {
    let lag = 0;
    for (const group of this.groups.values()) {
      for (const [place, log] of this.logs)
        if (group.topics.includes(topicOf(place))) lag += log.length - group.readTo(place);
    }
    return lag;
  }
}

/** A message in the story: its id, and of a reply its type. */
function nameOf({ value }: OutMessage): string {
  try {
    const { id, type } = JSON.parse(value.toString()) as { id?: string; type?: string };
    return id?.endsWith('/reply') ? `${id} (${type})` : `${id}`;
  } catch {
    return 'something unreadable';
  }
}
