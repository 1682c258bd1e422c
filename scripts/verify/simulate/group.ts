/**
 * A consumer group: the owners of partitions, the committed offsets, and evicted members that go on working until
 * they notice.
 */

import type { AssignedPartition } from '#platform/kafka/batch-consumer.ts';
import type { ReadTo } from '#platform/kafka/batch-loop.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { type Bus, placeOf } from './bus.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { BATCH_MAX, type ConsumerOptions, type Member, newMember } from './group-member.ts';
import { GroupOffsets } from './group-offsets.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** A member that does not answer for so long is put out, ms. */
const SESSION_MS = 8_000;
/** A consumer that holds records back checks again after so long, ms. */
const HELD_CHECK_MS = 100;

export class Group implements ConsumerGroup {
  readonly name: string;
  readonly topics: readonly string[];
  readonly #offsets: GroupOffsets;
  #members: Member[] = [];
  #generation = 0;
  #settled = true;
  #resets = false;
  readonly #world: World;
  readonly #bus: Bus;

  constructor(world: World, bus: Bus, name: string, topics: readonly string[]) {
    this.#world = world;
    this.#bus = bus;
    this.#offsets = new GroupOffsets(bus);
    this.name = name;
    this.topics = topics;
    bus.groups.set(name, this);
  }

  /** How many processes are in it. */
  get size(): number {
    return this.#members.length;
  }

  /** Adds a process, which reads until it ends. */
  join(life: Life, options: ConsumerOptions): void {
    const world = this.#world;
    const read = (max: number) =>
      new Promise<InRecord[]>((resolve) => {
        member.most = max;
        member.waiting = resolve;
        this.#fetchSoon(member);
      });
    const endOf = (partition: number) => this.#offsets.describe(this.topics[0] ?? '', partition).logEnd;
    const commit = (offsets: readonly ReadTo[]) => this.#commit(member, offsets);
    const onResumed = () => this.#fetchSoon(member);
    const topicIds = () => this.#topicIds(life);
    const member = newMember(world, life, options, { read, topicIds, endOf, commit, onResumed });
    this.#members.push(member);
    member.loop.start();
    this.rebalance(`${life.name} joins`);
  }

  /** Removes a dead process when its session ends. */
  died(life: Life): void {
    if (!this.#members.some((member) => member.life === life)) return;
    this.#world.scheduler.in(this.#world.random.between(1_000, SESSION_MS), null, () => {
      this.#members = this.#members.filter((member) => member.life !== life);
      this.rebalance(`${life.name} is gone`);
    });
  }

  /** The group's offsets are lost: it begins again at the logs' start. */
  reset(): void {
    this.#resets = true;
    this.rebalance('its offsets are reset');
  }

  /** A partition's topic is deleted, and the committed offsets with it. */
  forget(place: string): void {
    this.#offsets.forget(place);
  }

  /**
   * Evicts a process that stood still for longer than its session: others take its partitions over while it goes on.
   */
  putOut(life: Life): void {
    const member = this.#members.find((one) => one.life === life);
    if (member === undefined) return;
    this.#members = this.#members.filter((one) => one !== member);
    this.rebalance(`${life.name} does not answer`);
    // After waking it goes on with its batch for a while, until it learns of its eviction.
    const wakesIn = life.stoppedUntil - this.#world.nowMs + this.#world.random.between(0, 3_000);
    this.#world.scheduler.in(wakesIn, life, () => {
      member.reader?.begin(new Map());
      void member.loop.giveUp(true);
      member.owned = [];
      member.isReady = false;
      this.#members.push(member);
      this.rebalance(`${life.name} is back`);
    });
  }

  /** All members give their partitions up, and each is given its share. */
  rebalance(why: string): void {
    const { scheduler, random, story } = this.#world;
    this.#generation += 1;
    this.#settled = false;
    const generation = this.#generation;
    story.add(`group ${this.name}`, `rebalances: ${why}`);
    for (const member of this.#members) {
      member.isReady = false;
      scheduler.in(random.between(0, 500), member.life, () => {
        if (generation !== this.#generation) return;
        member.reader?.begin(new Map());
        member.waiting?.([]);
        member.waiting = null;
        void member.loop.giveUp(false).then(() => {
          if (generation !== this.#generation) return;
          member.owned = [];
          member.isReady = true;
          if (this.#members.every((one) => one.isReady)) this.#assign(generation);
        });
      });
    }
    scheduler.in(SESSION_MS, null, () => this.#assign(generation));
  }

  /** A record was written into a partition. */
  written(partition: number): void {
    for (const member of this.#members) {
      if (member.owned.includes(partition)) this.#fetchSoon(member);
    }
  }

  #assign(generation: number): void {
    if (generation !== this.#generation || this.#settled) return;
    this.#settled = true;
    if (this.#resets) this.#offsets.reset();
    this.#resets = false;
    const world = this.#world;
    const ready = this.#members
      .filter(({ isReady }) => isReady)
      .sort((a, b) => (a.life.name < b.life.name ? -1 : 1));
    ready.forEach((member, i) => {
      const owned = Array.from({ length: SAGA_PARTITIONS }, (_, p) => p).filter(
        (p) => Math.floor((p * ready.length) / SAGA_PARTITIONS) === i,
      );
      world.scheduler.in(world.latency(), member.life, () => {
        if (generation !== this.#generation) return;
        this.#give(member, owned, generation).catch((error) => {
          world.wrong.push(`${member.life.name}: ${String(error)}`);
          world.kill(member.life, `cannot begin: ${String(error)}`);
        });
      });
    });
  }

  /** A member is given its share, and begins to read it. */
  async #give(member: Member, owned: readonly number[], generation: number): Promise<void> {
    const { merged } = member.options;
    member.generation = generation;
    member.positions.clear();
    member.held.clear();
    member.loop.assigned();
    if (merged !== undefined) {
      const { at, setsBack } = await merged.startAt({
        describe: async () => {
          const described = await this.#describe(member, owned);
          // The real client begins no assignment before the last one's begin is over.
          if (generation === this.#generation) member.watch?.expect(described[0]?.topicId ?? null);
          return described;
        },
        firstSince: async (partition, since) =>
          this.#offsets.firstSince(this.topics[0] ?? '', partition, since),
      });
      if (setsBack) await this.#setBack(member, at, generation);
      if (generation !== this.#generation) return;
      for (const [partition, offset] of at)
        member.positions.set(placeOf(this.topics[0] ?? '', partition), offset);
      member.reader?.begin(at);
    }
    member.owned = owned;
    this.#fetchSoon(member);
  }

  /** The group's offsets are set to where a member begins. */
  #setBack({ life }: Member, at: ReadonlyMap<number, number>, generation: number): Promise<void> {
    const { scheduler } = this.#world;
    return new Promise((resolve) => {
      scheduler.in(this.#world.latency(), null, () => {
        if (generation === this.#generation)
          for (const [partition, offset] of at) {
            const place = placeOf(this.topics[0] ?? '', partition);
            this.#offsets.setBack(place, this.#offsets.indexOf(place, offset));
          }
        scheduler.in(this.#world.latency(), life, resolve);
      });
    });
  }

  /** The brokers' description of partitions, as a member requests it. */
  #describe({ life }: Member, partitions: readonly number[]): Promise<AssignedPartition[]> {
    const describe = (partition: number) => this.#offsets.describe(this.topics[0] ?? '', partition);
    return new Promise((resolve) => {
      this.#world.scheduler.in(this.#world.latency(), life, () => resolve(partitions.map(describe)));
    });
  }

  /** The identity of the group's topic as the brokers report it. @throws while there is no such topic */
  #topicIds(life: Life): Promise<string[]> {
    const [topic = ''] = this.topics;
    return new Promise((resolve, reject) => {
      this.#world.scheduler.in(this.#world.latency(), life, () => {
        if (this.#bus.isAbsent(topic)) reject(new Error(`there is no topic ${topic}`));
        else resolve([this.#offsets.describe(topic, 0).topicId ?? '']);
      });
    });
  }

  #places(member: Member): string[] {
    return this.topics
      .flatMap((topic) => member.owned.map((partition) => placeOf(topic, partition)))
      .filter((place) => !member.held.has(place));
  }

  #next(member: Member, place: string): number {
    return this.#offsets.next(place, member.positions.get(place));
  }

  readTo(place: string): number {
    return this.#offsets.readTo(place);
  }

  hasUnderWay(place: string): boolean {
    return this.#offsets.hasUnderWay(place);
  }

  get furthest(): ReadonlyMap<string, number> {
    return this.#offsets.furthest;
  }

  /** Fetches for a member that waits, if there is something for it. */
  #fetchSoon(member: Member): void {
    const { options } = member;
    if (member.waiting === null || member.fetching) return;
    const isNothingNew = this.#places(member).every(
      (place) => this.#bus.log(place).length <= this.#next(member, place),
    );
    if (isNothingNew) {
      if ((member.reader?.lag() ?? 0) > 0) this.#checkHeld(member);
      return;
    }
    const { random, scheduler, faults } = this.#world;
    const isPaused = options.paused?.() === true;
    member.fetching = true;
    const late = isPaused
      ? 1_000
      : faults.occurs('delayedFetch')
        ? random.between(200, 5_000)
        : random.between(0.2, 20);
    scheduler.in(late, member.life, () => {
      member.fetching = false;
      if (options.paused?.() === true) return this.#fetchSoon(member);
      const records = this.#fetch(member);
      // They may have been lost meanwhile; others may be held back.
      if (records.length === 0) return this.#fetchSoon(member);
      const { waiting } = member;
      member.waiting = null;
      waiting?.(records);
    });
  }

  /** Checks held records again: the merge holds them back for a bounded time only. */
  #checkHeld(member: Member): void {
    const { waiting } = member;
    this.#world.scheduler.in(HELD_CHECK_MS, member.life, () => {
      if (member.waiting !== waiting) return;
      member.waiting = null;
      waiting?.([]);
    });
  }

  #fetch(member: Member): InRecord[] {
    const { random, faults } = this.#world;
    const drawn = 1 + random.below(faults.day.fetchMax ?? BATCH_MAX);
    const most = Math.min(drawn, member.most);
    return this.#offsets.fetch(this.#places(member), member.positions, most, random);
  }

  #commit(member: Member, offsets: readonly ReadTo[]): void {
    const world = this.#world;
    const { generation, life } = member;
    const atMs = Math.max(world.nowMs + world.latency(), member.lastCommitAt + 0.001);
    member.lastCommitAt = atMs;
    world.scheduler.in(atMs - world.nowMs, null, () => {
      // The broker refuses a member it has put out.
      if (generation !== member.generation || !this.#members.includes(member)) return;
      if (!life.alive && world.random.chance(0.5)) return;
      for (const { topic, partition, offset } of offsets) {
        const place = placeOf(topic, partition);
        this.#offsets.commit(place, this.#offsets.indexOf(place, offset));
      }
      if (life.alive) world.crashes(life, 'after the offsets were committed');
    });
  }
}
