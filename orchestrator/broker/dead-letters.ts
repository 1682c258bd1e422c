/** Copies the dead-letter topic into the database, where operators read it. */
import { retryForever } from '#platform/batching/retry.ts';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER } from '#platform/kafka/client-settings.ts';
import type { Logger } from '#platform/process/log.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import type { DeadLetterStore } from '../store/dead-letter-store.ts';

/** Starts copying; commits offsets once the copy is durable. */
export function copyDeadLetters(
  store: Pick<DeadLetterStore, 'copy'>,
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
