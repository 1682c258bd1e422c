/**
 * Observes how fast groups read their topics: where each partition ends and how far its group has read, every few seconds. The last
 * minute is kept, so that a saga's place in a queue and the queue's speed are known at once; of the last hour the ends are, so that the
 * age of an unread message is.
 */
import type { Registered } from '#engine/definition/definition.ts';
import type { Place } from '#engine/ports.ts';
import { engineTopics } from '#engine/read-message.ts';
import { ENGINE_GROUP } from '#engine/recovery/decide-recovery.ts';
import type { BrokerObservations, GroupMembers } from '#engine/why/observations.ts';
import type { Logger } from '#platform/process/log.ts';
import { repeat } from '#platform/process/repeat.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { type FlowSample, flowsAt, pacesOf } from './flow-rates.ts';
import { type EndsSample, type GroupLag, groupLags } from './group-lags.ts';
import type { BrokerPositions } from './positions.ts';

const EVERY_MS = 2_500;
/** Samples kept: a minute of them. */
const KEPT = 25;
/** After so long without an answer nobody can say how far anything is. */
const STALE_MS = 12_000;
/** Ends of the time before the samples: every 15 s, an hour of them. */
const ENDS_EVERY_MS = 15_000;
const ENDS_KEPT = 240;

/** How far all groups are behind. */
export interface Lags {
  /** When the brokers last answered, ms; null: never yet. */
  readonly observedAtMs: number | null;
  /** They have not answered lately: the lags are those of then. */
  readonly isStale: boolean;
  readonly groups: readonly GroupLag[];
}

export interface Flows {
  /** As last observed, of one partition; null: no broker has answered lately. */
  of(partition: number): BrokerObservations | null;
  /** As last observed, of all groups, even where that is long ago. */
  lags(): Lags;
  /** Observes now; a timer does so every few seconds. */
  observe(): Promise<void>;
  close(): Promise<void>;
}

/** Begins to observe the engines and every participant of these definitions. */
export function watchFlows(
  definitions: readonly Registered[],
  positions: Pick<BrokerPositions, 'ends' | 'read' | 'members'>,
  log: Logger,
  now: () => number,
): Flows {
  const readers = readersOf(definitions);
  let samples: readonly FlowSample[] = [];
  let ends: readonly EndsSample[] = [];
  const isStale = ({ atMs }: FlowSample) => now() - atMs > STALE_MS;
  const placesNow = async () => {
    const byReader = await Promise.all(
      readers.map(async ({ group, places }) => {
        const [ends, read] = await Promise.all([positions.ends(places), positions.read(group, places)]);
        return places.map(({ topic, partition }) => {
          const key = `${topic}/${partition}`;
          const end = ends.get(key)?.offset ?? 0;
          // A position beyond the end is of a log before.
          const readTo = Math.min(read.get(key) ?? 0, end);
          return { group, topic, partition, end, readTo };
        });
      }),
    );
    return byReader.flat();
  };
  const described = async (): Promise<GroupMembers[]> => {
    const found = await Promise.allSettled(
      readers.map(async ({ group }) => ({ group, members: await positions.members(group) })),
    );
    return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  };
  const observe = async () => {
    const [places, groups] = await Promise.all([placesNow(), described()]);
    const atMs = now();
    samples = [...samples, { atMs, places, groups }].slice(-KEPT);
    if (atMs - (ends.at(-1)?.atMs ?? 0) >= ENDS_EVERY_MS)
      ends = [...ends, { atMs, ends: places.map(({ end }) => end) }].slice(-ENDS_KEPT);
  };
  const observing = repeat(observe, { everyMs: EVERY_MS, log, failed: 'flows-not-observed' });
  return {
    of(partition) {
      const last = samples.at(-1);
      if (last === undefined || isStale(last)) return null;
      return {
        atMs: last.atMs,
        flows: flowsAt(samples, partition),
        paces: pacesOf(samples),
        groups: last.groups,
      };
    },
    lags() {
      const last = samples.at(-1);
      if (last === undefined) return { observedAtMs: null, isStale: true, groups: [] };
      // The newest ends are those of a sample.
      const older = ends.filter(({ atMs }) => atMs < (samples[0]?.atMs ?? 0));
      return { observedAtMs: last.atMs, isStale: isStale(last), groups: groupLags(samples, older) };
    },
    observe: observing.run,
    close: observing.close,
  };
}

function readersOf(definitions: readonly Registered[]): Array<{ group: string; places: Place[] }> {
  const contracts = new Map(definitions.flatMap((one) => one.contracts).map((one) => [one.name, one]));
  const topicsOf = new Map<string, readonly string[]>([
    [ENGINE_GROUP, engineTopics(definitions)],
    ...[...contracts.values()].map(({ name, channel }) => [name, [channel]] as const),
  ]);
  return [...topicsOf].map(([group, topics]) => ({
    group,
    places: topics.flatMap((topic) =>
      Array.from({ length: SAGA_PARTITIONS }, (_, partition) => ({ topic, partition })),
    ),
  }));
}
