/** Reads from the brokers how far logs reach and how far groups have read. */
import type { Place, Positions } from '#engine/ports.ts';
import type { PartitionOffset } from '#platform/kafka/brokers.ts';
import { openOffsetReader } from '#platform/kafka/offsets.ts';
import { type Logger, silent } from '#platform/process/log.ts';

const WITHIN_MS = 5_000;
/** So much of a topic's id tells two logs apart; every waiting saga's row holds it. */
const LOG_LENGTH = 8;

export interface BrokerPositions extends Positions {
  /** The number of a group's members; 0 as well where there is no such group. */
  members(group: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * Positions by requests to the brokers; each rejects when they have not answered within five seconds. `prefix` is in front of
 * every topic and group name.
 * @throws when no broker answers within a minute
 */
export async function brokerPositions(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
  log?: Logger;
}): Promise<BrokerPositions> {
  const { brokers, prefix = '', log = silent } = options;
  const offsets = await openOffsetReader({ brokers, clientId: `${options.clientId}-positions`, log });
  const prefixed = (places: readonly Place[]) =>
    places.map(({ topic, partition }) => ({ topic: prefix + topic, partition }));
  const byKey = (found: readonly PartitionOffset[]) =>
    new Map(
      found.map(({ topic, partition, offset }) => [`${topic.slice(prefix.length)}/${partition}`, offset]),
    );

  return {
    async ends(places) {
      if (places.length === 0) return new Map();
      const found = await offsets.logOffsets('end', prefixed(places), WITHIN_MS);
      return new Map(
        found.map(({ topic, partition, offset, topicId }) => [
          `${topic.slice(prefix.length)}/${partition}`,
          { offset, log: topicId?.slice(0, LOG_LENGTH) ?? null },
        ]),
      );
    },

    async read(group, places) {
      if (places.length === 0) return new Map();
      const [starts, committed] = await Promise.all([
        offsets.logOffsets('start', prefixed(places), WITHIN_MS),
        offsets.committedOffsets(prefix + group, prefixed(places), WITHIN_MS),
      ]);
      const read = byKey(starts);
      for (const [key, offset] of byKey(committed)) read.set(key, Math.max(offset, read.get(key) ?? 0));
      return read;
    },

    members: (group) => offsets.groupMembers(prefix + group, WITHIN_MS),

    close: () => offsets.close(),
  };
}
