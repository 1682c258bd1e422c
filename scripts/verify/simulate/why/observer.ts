/** What an API observes of a simulated day: rows of the stores, samples of logs and groups, and the letters in their topic. */
import type { Registered } from '#engine/definition/definition.ts';
import type { SagaRow } from '#engine/saga.ts';
import type { Brakes } from '#engine/step/brakes.ts';
import type {
  BrokerObservations,
  HoldingBrake,
  Observations,
  UsualDuration,
} from '#engine/why/observations.ts';
import { pacedCodes } from '#engine/why/obstacles.ts';
import { type FlowSample, flowsAt, pacesOf } from '#orchestrator/broker/flow-rates.ts';
import { waysOf } from '#orchestrator/http/why/observe.ts';
import { toLetterRow } from '#orchestrator/store/letter-row-of-record.ts';
import type { MemoryStore } from '#orchestrator/store/testing/memory-store.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { type Bus, placeOf } from '../bus.ts';
import type { Group } from '../group.ts';
import type { Life } from '../scheduler.ts';
import type { World } from '../world.ts';

const EVERY_MS = 2_500;

export class Observer {
  /** How long states usually last, where a day gives it. */
  usual: Readonly<Record<string, UsualDuration>> = {};
  /** The brakes that were set and perhaps released. */
  readonly brakes = new Map<string, HoldingBrake>();
  brokersAnswer = true;
  /** False: the API that observes runs another build. */
  knowsDefinition = true;
  readonly #world: World;
  readonly #bus: Bus;
  readonly #store: MemoryStore;
  readonly #definition: Registered;
  readonly #lives: ReadonlyMap<string, Life>;
  readonly #inForce: Brakes;
  #samples: FlowSample[] = [];

  constructor(
    world: World,
    bus: Bus,
    store: MemoryStore,
    definition: Registered,
    lives: ReadonlyMap<string, Life>,
    inForce: Brakes,
  ) {
    this.#world = world;
    this.#bus = bus;
    this.#store = store;
    this.#definition = definition;
    this.#lives = lives;
    this.#inForce = inForce;
  }

  /** Samples positions from now on. */
  start(): void {
    this.#samples = [...this.#samples, this.#sample()].slice(-25);
    this.#world.scheduler.in(EVERY_MS, null, () => this.start());
  }

  #sample(): FlowSample {
    const places = [...this.#bus.groups].flatMap(([group, { topics }]) =>
      topics.flatMap((topic) =>
        Array.from({ length: SAGA_PARTITIONS }, (_, partition) => {
          const place = placeOf(topic, partition);
          const readTo = this.#bus.groups.get(group)?.readTo(place) ?? 0;
          return { group, topic, partition, end: this.#bus.log(place).length, readTo };
        }),
      ),
    );
    const groups = [...this.#bus.groups].map(([group, one]) => ({ group, members: (one as Group).size }));
    return { atMs: this.#world.nowMs, places, groups };
  }

  observe(id: string): Observations {
    const found = this.#store.tables.sagas.get(id);
    if (found === undefined) throw new Error(`there is no saga ${id}`);
    const { row, sweepState } = found;
    const all = [...this.#store.tables.sagas.values()].map((one) => one.row);
    const active = all.filter((one) => one.endedAt === null && !one.paused && one.stuck === null);
    const failing = (row.stuck ?? row.lastFailure)?.fingerprint;
    const brakeId = row.pending.brake?.id;
    const definition = this.knowsDefinition && row.definitionVersion === 1 ? this.#definition : null;
    return {
      nowMs: this.#world.nowMs,
      row,
      sweepState,
      definition,
      engines: this.#engines(row.definitionVersion),
      brokers: this.#brokers(row.partition),
      alike: all.filter(
        (one) =>
          one.id !== id && failing !== undefined && (one.stuck ?? one.lastFailure)?.fingerprint === failing,
      ).length,
      before: {
        inState: active.filter((one) => one.state === row.state && one.stateSince < row.stateSince).length,
        onBrake: all.filter((one) => one.pending.brake?.id === brakeId && one.id < id).length,
      },
      loads: [...Map.groupBy(active, ({ state }) => state)].map(([state, some]) => ({
        state,
        sagas: some.length,
        failedAt: failedAt(some, pacedCodes(definition)),
      })),
      reported: this.#reported(id),
      usual: this.usual,
      letters: this.#letters(id),
      pausedBy: this.#action(id, 'pause', 'applied'),
      waitingAction: this.#action(id, null, 'waiting'),
      brake: brakeId === undefined ? null : (this.brakes.get(brakeId) ?? null),
      brakes: this.#inForce,
      blocked: this.#bus.refusing.has(placeOf('order-created', row.partition)) ? ['order-created'] : [],
      ...waysOf(definition, row, this.#world.nowMs),
    };
  }

  #engines(version: number): Observations['engines'] {
    const alive = [...this.#lives.values()].filter(
      (one) => one.alive && one.name.startsWith('engine'),
    ).length;
    return { alive, knowing: version === 1 ? alive : 0 };
  }

  #brokers(partition: number): BrokerObservations | null {
    if (!this.brokersAnswer) return null;
    // Now, too: an API's last sample may be some seconds old, and a test's must not depend on that.
    const latest = this.#sample();
    const samples = [...this.#samples, latest];
    const [flows, paces] = [flowsAt(samples, partition), pacesOf(samples)];
    return { atMs: latest.atMs, flows, paces, groups: latest.groups };
  }

  #reported(id: string): Observations['reported'] {
    const notices = (this.#store.tables.journal.get(id) ?? []).filter(({ type }) =>
      this.#definition.notices.has(type),
    );
    return Object.fromEntries(
      [...Map.groupBy(notices, ({ message }) => message.commandid ?? '')].map(([commandId, some]) => {
        const { nextTryAt } = (some.at(-1)?.message.data ?? {}) as { nextTryAt?: string };
        return [
          commandId,
          { count: some.length, nextTryAt: nextTryAt === undefined ? null : new Date(nextTryAt) },
        ];
      }),
    );
  }

  #letters(id: string): Observations['letters'] {
    return this.#bus.log(placeOf(DEAD_LETTERS, 0)).flatMap((record) => {
      const { sagaId, originTopic: topic, reason, text, parkedBy, parkedAt } = toLetterRow(record);
      return sagaId === id
        ? [{ letterId: `0/${record.offset}`, topic, reason, text, parkedBy, parkedAt }]
        : [];
    });
  }

  #action(id: string, action: string | null, state: string): Observations['pausedBy'] {
    const found = [...this.#store.tables.actions.values()].findLast(
      (one) => one.sagaId === id && one.state === state && (action === null || one.data.action === action),
    );
    if (found === undefined) return null;
    const { data, createdAt } = found;
    return { action: data.action, actor: data.actor, reason: data.reason, at: createdAt };
  }
}

/** The last failure of those that delay these sagas in the states that they are in. */
function failedAt(sagas: readonly SagaRow[], paced: readonly string[]): Date | null {
  const times = sagas.flatMap(({ lastFailure, stateSince }) => {
    if (lastFailure === null || paced.includes(lastFailure.code)) return [];
    const at = new Date(lastFailure.at);
    return at >= stateSince ? at : [];
  });
  return times.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null;
}
