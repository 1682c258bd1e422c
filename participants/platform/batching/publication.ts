/** Messages on their way to the brokers: which are not acknowledged yet, and those left to whatever sends them again. */
import type { OutMessage } from '#protocol/envelope.ts';
import { Counter, registry } from '../process/metrics.ts';

const left = new Counter({
  name: 'messages_left_total',
  help: 'Messages that the brokers had not acknowledged in time, left to what sends them again, by topic',
  labelNames: ['topic'] as const,
  registers: [registry],
});

/** How long a publication may wait before it is left to what sends it again: longer than the election of a leader. */
export const LEAVE_AFTER_MS = 5_000;

/** Follows one publication. */
export interface PublishWatch {
  /** Called with the index of each message that the brokers have acknowledged. */
  readonly onAcknowledged: (index: number) => void;
  /** Nobody waits for the publication any more: the producer may drop what it has not sent. */
  readonly isLeft: () => boolean;
}

export interface MessagePublisher {
  /** Resolves when every message is acknowledged, however long that takes. */
  publish(messages: readonly OutMessage[], watch?: PublishWatch): Promise<void>;
}

export interface Publication {
  /** Resolves when every message is acknowledged, or the rest was left. */
  readonly settled: Promise<void>;
  /** The messages that are neither acknowledged nor left. */
  missing(): readonly OutMessage[];
  /** Leaves the messages that are not acknowledged: only for messages that something durable sends again. */
  leave(): void;
}

/** Begins to publish. */
export function startPublishing(publisher: MessagePublisher, messages: readonly OutMessage[]): Publication {
  if (messages.length === 0) return { settled: Promise.resolve(), missing: () => [], leave() {} };
  let isLeft = false;
  const waiting: Array<OutMessage | null> = [...messages];
  const { promise: leaving, resolve: stopWaiting } = Promise.withResolvers<void>();
  const published = publisher
    .publish(messages, {
      onAcknowledged: (index) => {
        waiting[index] = null;
      },
      isLeft: () => isLeft,
    })
    .then(() => void waiting.fill(null));
  const missing = () => waiting.filter((message) => message !== null);
  return {
    settled: Promise.race([published, leaving]),
    missing: () => (isLeft ? [] : missing()),
    leave() {
      if (isLeft) return;
      for (const { topic } of missing()) left.inc({ topic });
      isLeft = true;
      stopWaiting();
    },
  };
}

/**
 * Publishes messages that something durable sends again, and waits for the acknowledgements for a bounded time.
 * @returns the messages left; they may still arrive
 */
export async function publishWithin(
  publisher: MessagePublisher,
  messages: readonly OutMessage[],
  withinMs = LEAVE_AFTER_MS,
): Promise<readonly OutMessage[]> {
  const publication = startPublishing(publisher, messages);
  if (await settlesWithin(publication.settled, withinMs)) return [];
  const late = publication.missing();
  publication.leave();
  return late;
}

/** Whether a promise settles in time. @throws what it rejects with in time */
export async function settlesWithin(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, withinMs, false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
