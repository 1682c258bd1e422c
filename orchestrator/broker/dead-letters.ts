/** Copies the topic of dead letters into the database, where operators search them. */

import { bisect } from '#platform/batching/bisect.ts';
import { retryForever } from '#platform/batching/retry.ts';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER } from '#platform/kafka/client-settings.ts';
import { inSequence } from '#platform/kafka/log-sequence.ts';
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
  /** Stores records of the topic, once each; their offsets are in sequence. */
  copy(records: readonly InRecord[]): Promise<void>;
}

/** Where the logs are numbered that followed one another under the topic's name. */
export interface DeadLetterLogs {
  numberLogs(
    logs: ReadonlyArray<{ readonly partition: number; readonly topicId: string | null }>,
    now: Date,
  ): Promise<ReadonlyMap<number, { readonly number: number; readonly isNew: boolean }>>;
}

/**
 * Starts copying. Commits a batch's offsets once its copies are durable. A topic that is recreated meanwhile ends the process before
 * a letter of the new log is copied as one of the old, and the next one reads the new log from its start.
 */
export function copyDeadLetters(
  store: DeadLetterCopies & DeadLetterLogs,
  kafka: { brokers: string; prefix?: string; clientId: string; log: Logger },
  now: () => number = Date.now,
): Promise<BatchConsumer> {
  const { log } = kafka;
  const numbers = new Map<number, number>();
  return consumeBatches({
    ...kafka,
    group: 'dead-letters',
    topics: [DEAD_LETTERS],
    settings: GENERAL_CONSUMER,
    withHeaders: true,
    merged: {
      async startAt(assigned) {
        const described = await assigned.describe();
        const numbered = await retryForever(
          () => store.numberLogs(described, new Date(now())),
          () => true,
          log,
          'numbering the logs of dead letters',
        );
        const at = new Map<number, number>();
        for (const { partition, committed, logStart } of described) {
          const { number = 0, isNew = false } = numbered.get(partition) ?? {};
          numbers.set(partition, number);
          // The group's offset is of the log before.
          at.set(partition, isNew ? logStart : Math.max(committed ?? logStart, logStart));
          if (isNew) log.warn('dead-letters-recreated', { partition, count: number });
        }
        return { at, setsBack: [...numbered.values()].some(({ isNew }) => isNew) };
      },
    },
    handle: async (records) => {
      const inOrder = records.map((one) => ({
        ...one,
        offset: inSequence(numbers.get(one.partition) ?? 0, one.offset),
      }));
      await copyAll(store, inOrder, log);
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
