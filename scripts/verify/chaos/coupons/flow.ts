/** Watches during a burst whether requests accepted after a moment get their results. */
import { FAILED, ISSUED, REQUESTS } from '#participants/coupon/events.ts';
import { REALTIME_CONSUMER } from '#platform/kafka/client-settings.ts';
import { consumeTail } from '#platform/kafka/tail-consumer.ts';
import { silent } from '#platform/process/log.ts';
import { TOPICS } from '#protocol/topics.ts';

const PARTITIONS = TOPICS.find(({ name }) => name === REQUESTS)?.partitions ?? 0;
const LINGER = { busyPerSecond: 500, fullPerSecond: 2_000, longestMs: 20 };

export interface Flow {
  /** Begins to watch for requests that the brokers accept from now on. @throws when reading the results has stopped */
  watch(): { readonly flowsAgain: () => boolean; readonly afterMs: () => number | null };
  close(): Promise<void>;
}

interface Watched {
  readonly since: number;
  readonly missing: Set<number>;
  at: number | null;
}

/**
 * Subscribes to the results. They flow again once every partition has one: another issuer's partitions flow all the
 * time.
 */
export async function openFlow(brokers: string): Promise<Flow> {
  const watched: Watched[] = [];
  let stopped: Error | null = null;
  const tail = await consumeTail({
    brokers,
    topics: [ISSUED, FAILED],
    clientId: 'chaos-coupons',
    settings: REALTIME_CONSUMER,
    linger: LINGER,
    log: silent,
    positioned: () => {},
    // This process runs the checks: it must report the failure, not end by it.
    failed: (cause) => {
      stopped = new Error('the results are not read any more', { cause });
    },
    handle(records) {
      const open = watched.filter(({ at }) => at === null);
      if (open.length === 0) return;
      for (const { value } of records) {
        const { data } = JSON.parse(String(value)) as { data: { position: Position } };
        for (const one of open) note(one, data.position);
      }
    },
  });
  return {
    watch() {
      if (stopped !== null) throw stopped;
      const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
      const one: Watched = { since: Date.now(), missing: new Set(all), at: null };
      watched.push(one);
      return {
        flowsAgain() {
          if (stopped !== null) throw stopped;
          return one.at !== null;
        },
        afterMs: () => (one.at === null ? null : one.at - one.since),
      };
    },
    close: () => tail.close(),
  };
}

interface Position {
  readonly partition: number;
  readonly acceptedAt: string;
}

function note(one: Watched, { partition, acceptedAt }: Position): void {
  if (one.at !== null || Date.parse(acceptedAt) < one.since) return;
  one.missing.delete(partition);
  if (one.missing.size === 0) one.at = Date.now();
}
