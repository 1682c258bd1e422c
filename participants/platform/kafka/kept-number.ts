/**
 * A number that outlives this process and the database, kept by the brokers: the committed offset of a group that never reads. It
 * costs no topic and no consumer, is read at once, and is dropped a week after its last commit, as the logs are
 * (`offsets.retention.minutes`).
 */
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import type { Logger } from '../process/log.ts';
import { openAdminClient } from './broker-client.ts';
import type { KeptNumber } from './brokers.ts';
import { retryWithin } from './retry-within.ts';

const REQUEST_TIMEOUT_MS = 2_000;
const WITHIN_MS = 10_000;

export type { KeptNumber };

export interface KeptNumbers {
  /** null: nothing was ever committed, or longer ago than the brokers keep it. @throws when no broker answers within 10 s */
  read(): Promise<KeptNumber | null>;
  /** @throws when no broker answers within 10 s */
  write(kept: KeptNumber): Promise<void>;
  close(): Promise<void>;
}

/** @param options.topic a topic that exists; the number is dropped with it @throws when no broker answers within a minute */
export async function openKeptNumber(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
  /** This process's own without it. */
  security?: KafkaSecurity;
  group: string;
  topic: string;
  log: Logger;
}): Promise<KeptNumbers> {
  const { prefix = '' } = options;
  const [group, topic] = [prefix + options.group, prefix + options.topic];
  const client = await openAdminClient({ ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  let coordinator: number | null = null;
  const atCoordinator = <T>(request: (broker: number) => Promise<T>): Promise<T> =>
    retryWithin(
      WITHIN_MS,
      async (attempt) => {
        try {
          if (coordinator === null) {
            // Another broker each attempt: one that hangs must not stop all of them.
            const brokers = await client.brokers(attempt > 0);
            coordinator = await client.findCoordinator(brokers[attempt % brokers.length] ?? -1, group);
          }
          return await request(coordinator);
        } catch (error) {
          // It may have died, or another broker may have become it.
          coordinator = null;
          throw error;
        }
      },
      () => false,
    );
  return {
    read: () => atCoordinator((broker) => client.fetchKept(broker, group, topic)),
    write: (kept) => atCoordinator((broker) => client.commitKept(broker, group, topic, kept)),
    close: () => client.close(),
  };
}
