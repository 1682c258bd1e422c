/** Measures the lag of each consumer group on each topic it reads, in records and in time, for the gauges. */
import type { Registered } from '#engine/definition/definition.ts';
import type { Place, Positions } from '#engine/ports.ts';
import { engineTopics } from '#engine/read-message.ts';
import { ENGINE_GROUP } from '#engine/recovery/decide-recovery.ts';
import { consumerLag, consumerLagAge } from '#platform/kafka/consumer-lag.ts';
import type { Logger } from '#platform/process/log.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';
import { EVENT_READERS, TOPICS } from '#protocol/topics.ts';
import { type LagAges, lagAges } from './lag-ages.ts';

const EVERY_MS = 15_000;

interface Reader {
  readonly group: string;
  readonly topics: readonly string[];
}

/** Each group with its topics: the engines read theirs, each participant its channel, the others events. */
function readersOf(definitions: readonly Registered[]): Reader[] {
  const contracts = new Map(definitions.flatMap((one) => one.contracts).map((one) => [one.name, one]));
  return [
    { group: ENGINE_GROUP, topics: engineTopics(definitions) },
    ...[...contracts.values()].map(({ name, channel }) => ({ group: name, topics: [channel] })),
    ...EVENT_READERS,
  ];
}

const PARTITIONS = new Map(TOPICS.map(({ name, partitions }) => [name, partitions]));

/** Measures once and sets the gauges. @param ages what earlier measurements found */
export async function measureLag(
  definitions: readonly Registered[],
  positions: Positions,
  ages: LagAges,
  nowMs: number,
): Promise<void> {
  for (const { group, topics } of readersOf(definitions)) {
    const places = topics.flatMap((topic): Place[] =>
      Array.from({ length: PARTITIONS.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
    );
    const ends = await positions.ends(places);
    const read = await positions.read(group, places);
    for (const topic of topics) {
      const keys = places.filter((place) => place.topic === topic).map((p) => `${topic}/${p.partition}`);
      let lag = 0;
      let ageMs = 0;
      for (const key of keys) {
        const [end, readTo] = [ends.get(key)?.offset ?? 0, read.get(key) ?? 0];
        lag += Math.max(0, end - readTo);
        ageMs = Math.max(ageMs, ages.observe(`${group} ${key}`, end, readTo, nowMs));
      }
      consumerLag.set({ group, topic }, lag);
      consumerLagAge.set({ group, topic }, ageMs / 1000);
    }
  }
}

/** Measures every 15 s until closed. */
export function watchLag(
  definitions: readonly Registered[],
  positions: Positions,
  log: Logger,
  now: () => number,
): Repetition {
  const ages = lagAges();
  const measure = () => measureLag(definitions, positions, ages, now());
  return repeat(measure, { everyMs: EVERY_MS, log, failed: 'lag-not-measured', restsFirst: true });
}
