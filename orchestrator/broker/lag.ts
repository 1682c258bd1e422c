/** Measures the lag of each group on each topic it reads, for the gauge. */
import type { Registered } from '#engine/definition/definition.ts';
import type { Place, Positions } from '#engine/ports.ts';
import { engineTopics } from '#engine/read-message.ts';
import { ENGINE_GROUP } from '#engine/recovery/decide-recovery.ts';
import { consumerLag } from '#platform/kafka/consumer-lag.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';

const EVERY_MS = 15_000;

/** Each group with its topics: the engines read theirs, each participant its channel. */
function readersOf(definitions: readonly Registered[]): Array<{ group: string; topics: string[] }> {
  const contracts = new Map(definitions.flatMap((one) => one.contracts).map((one) => [one.name, one]));
  return [
    { group: ENGINE_GROUP, topics: engineTopics(definitions) },
    ...[...contracts.values()].map(({ name, channel }) => ({ group: name, topics: [channel] })),
  ];
}

/** Measures once and sets the gauge. */
export async function measureLag(definitions: readonly Registered[], positions: Positions): Promise<void> {
  for (const { group, topics } of readersOf(definitions)) {
    const places = topics.flatMap((topic): Place[] =>
      Array.from({ length: SAGA_PARTITIONS }, (_, partition) => ({ topic, partition })),
    );
    const ends = await positions.ends(places);
    const read = await positions.read(group, places);
    for (const topic of topics) {
      const keys = places.filter((place) => place.topic === topic).map((p) => `${topic}/${p.partition}`);
      const lag = keys.reduce(
        (sum, key) => sum + Math.max(0, (ends.get(key) ?? 0) - (read.get(key) ?? 0)),
        0,
      );
      consumerLag.set({ group, topic }, lag);
    }
  }
}

/** Measures every 15 s until closed. */
export function watchLag(
  definitions: readonly Registered[],
  positions: Positions,
  log: Logger,
): { close: () => Promise<void> } {
  let measuring: Promise<void> | null = null;
  const measure = async () => {
    await measureLag(definitions, positions).catch((error: unknown) =>
      log.throttled('lag', 'measuring the lag of the groups failed', { error: messageOf(error) }),
    );
    measuring = null;
  };
  const timer = setInterval(() => {
    measuring ??= measure();
  }, EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await measuring;
    },
  };
}
