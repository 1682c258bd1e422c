/** Copies the topic of dead letters into the database, where operators search them. */

import { bisect } from '#platform/batching/bisect.ts';
import { retryForever } from '#platform/batching/retry.ts';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER } from '#platform/kafka/client-settings.ts';
import { isDataFault, sqlState } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import { Counter, registry } from '#platform/process/metrics.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';

const uncopied = new Counter({
  name: 'dead_letters_uncopied_total',
  help: 'Dead letters that the database refuses: they are in the topic alone. Alert above 0',
  registers: [registry],
});

/** SQLSTATE class 54: a value exceeds a limit of the server, an index entry for example. */
const PROGRAM_LIMIT = '54';

/** Where the copies go. */
export interface DeadLetterCopies {
  /** Stores records of the topic, once each. */
  copy(records: readonly InRecord[]): Promise<void>;
}

/** Starts copying. Commits a batch's offsets once its copies are durable. */
export function copyDeadLetters(
  store: DeadLetterCopies,
  kafka: { brokers: string; prefix?: string; clientId: string; log: Logger },
): Promise<BatchConsumer> {
  return consumeBatches({
    ...kafka,
    group: 'dead-letters',
    topics: [DEAD_LETTERS],
    settings: GENERAL_CONSUMER,
    withHeaders: true,
    handle: async (records) => {
      await copyAll(store, records, kafka.log);
      return { published: Promise.resolve() };
    },
  });
}

/**
 * Copies records. Skips those that the database refuses, because the copier runs inside the API: anybody can write to the
 * topic, and no record may end that process or keep the others from being copied.
 */
export async function copyAll(
  store: DeadLetterCopies,
  records: readonly InRecord[],
  log: Logger,
): Promise<void> {
  await bisect(
    records,
    async (some) => {
      await retryForever(
        () => store.copy(some),
        (error) => !isFaultOfRecord(error),
        log,
        'copying dead letters',
      );
      return [];
    },
    isFaultOfRecord,
    async ({ partition, offset }, error) => {
      uncopied.inc();
      log.throttled('uncopied', 'dead-letter-uncopied', {
        partition,
        offset,
        error: messageOf(error),
      });
      return [];
    },
  );
}

/** Whether a record alone makes its copying fail, however often it is tried. */
function isFaultOfRecord(error: unknown): boolean {
  return (
    isDataFault(error) ||
    sqlState(error)?.state.startsWith(PROGRAM_LIMIT) === true ||
    error instanceof TypeError ||
    error instanceof RangeError
  );
}
