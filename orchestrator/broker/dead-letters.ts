/** Copies the topic of dead letters into the database, where operators search them. */

import { retryForever } from '#platform/batching/retry.ts';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER } from '#platform/kafka/client-settings.ts';
import type { Logger } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';

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
      await retryForever(
        () => store.copy(records),
        () => true,
        kafka.log,
        'copying dead letters',
      );
      return { published: Promise.resolve() };
    },
  });
}
