/**
 * Notices a consumer that has lost its brokers for good. librdkafka (2.10 to 2.15, its issue 5301) drops every broker that a
 * metadata response does not name, also when it names none, as while a cluster has fenced its only live brokers. Then it
 * connects to nothing ever again: the process would live, and read nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_EVERY_MS = 1_000;
/** Longer than a healthy client needs to connect again once brokers answer. */
export const LOST_AFTER_MS = 10_000;

export interface LossChecks {
  /** Whether the consumer has an answer from a broker. */
  isConnected(): Promise<boolean>;
  /** Whether a new client has an answer from a broker, and the brokers name at least one. */
  areUp(): Promise<boolean>;
  readonly onLost: () => void;
  /** For tests. */
  readonly pause?: (ms: number) => Promise<unknown>;
  readonly now?: () => number;
}

/** The watch over one consumer. */
export interface LossWatch {
  /** Its connections may all be down: the watch begins, and ends at the first check that finds it connected. */
  suspect(): void;
  close(): void;
}

/** Calls `onLost` once the brokers have been up for ten seconds and the consumer was not connected at any check. */
export function watchForLoss({
  isConnected,
  areUp,
  onLost,
  pause = sleep,
  now = () => performance.now(),
}: LossChecks): LossWatch {
  let isWatching = false;
  let closed = false;

  async function watch(): Promise<void> {
    let upSince: number | null = null;
    while (!closed) {
      await pause(CHECK_EVERY_MS);
      if (await isConnected()) return;
      upSince = (await areUp()) ? (upSince ?? now()) : null;
      if (closed || upSince === null || now() - upSince < LOST_AFTER_MS) continue;
      onLost();
      return;
    }
  }

  return {
    suspect() {
      if (isWatching) return;
      isWatching = true;
      void watch().finally(() => {
        isWatching = false;
      });
    },
    close() {
      closed = true;
    },
  };
}
