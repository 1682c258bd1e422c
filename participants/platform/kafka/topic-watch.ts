/** Notices that a topic was recreated while it is read: the client may go on at its old offset, and skip what the new log holds before. */
import type { OffsetReader } from './offsets.ts';

const EVERY_MS = 2_000;
const WITHIN_MS = 5_000;

export interface TopicWatch {
  /** The identity of the topic that is read from now on; null: unknown. */
  expect(topicId: string | null): void;
  close(): Promise<void>;
}

/** Compares the topic's identity every two seconds; the brokers' silence means nothing. @param onReplaced called once */
export function watchTopic(
  reader: Pick<OffsetReader, 'topicId'>,
  topic: string,
  onReplaced: (reason: string) => void,
  everyMs = EVERY_MS,
): TopicWatch {
  let expected: string | null = null;
  let running: Promise<void> | null = null;
  const check = async () => {
    const before = expected;
    if (before === null) return;
    const present = await reader.topicId(topic, WITHIN_MS).catch(() => null);
    // An assignment may have begun meanwhile, which has read the identity itself.
    if (present === null || present === before || before !== expected) return;
    expected = null;
    onReplaced(`${topic} was ${before}, and is ${present}`);
  };
  const timer = setInterval(() => {
    running ??= check().finally(() => {
      running = null;
    });
  }, everyMs);
  return {
    expect(topicId) {
      expected = topicId;
    },
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
