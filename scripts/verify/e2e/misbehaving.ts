/** A publisher that behaves as badly as a network and a careless participant may: twice, late, in the wrong order. */

import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';

const COPIES_MAX = 3;
/** Some messages are late by up to this. */
const LATE_MAX_MS = 6_000;
/**
 * One answer in ten is published once each time, and so late that its step is given up: the first check comes after ten
 * seconds, the command is sent again two seconds later, and some five seconds after that nobody waits any more. It is
 * late each time, for the answer to the second command would save the step.
 */
const TOO_LATE_SHARE = 0.1;
const TOO_LATE_MS = 25_000;

export interface MisbehavingPublisher extends Publisher {
  /** How many messages were publishing more often than once, and how many late. */
  counted(): { doubled: number; late: number };
  /** Resolves once everything publishing so far has been acknowledged. */
  settled(): Promise<void>;
}

/**
 * Publishes each message one to three times, each copy now or late, in any order. Reports success at once, so that
 * its participant's offsets run ahead of its answers.
 * @param random in [0, 1)
 */
export function misbehaving(publisher: Publisher, random: () => number): MisbehavingPublisher {
  const underWay = new Set<Promise<void>>();
  let doubled = 0;
  let late = 0;
  const tooLate = new Map<string, boolean>();
  const print = (message: OutMessage, afterMs: number) => {
    const publishing: Promise<void> = new Promise<void>((resolve) => setTimeout(resolve, afterMs))
      .then(() => publisher.publish([message]))
      .finally(() => underWay.delete(publishing));
    underWay.add(publishing);
  };
  return {
    async publish(messages) {
      for (const message of messages) {
        const id = idOf(message);
        const isTooLate = tooLate.get(id) ?? random() < TOO_LATE_SHARE;
        tooLate.set(id, isTooLate);
        if (isTooLate) {
          late++;
          print(message, TOO_LATE_MS);
          continue;
        }
        const copies = 1 + Math.floor(random() * COPIES_MAX);
        if (copies > 1) doubled++;
        for (let copy = 0; copy < copies; copy++) {
          const afterMs = random() < 0.5 ? 0 : random() * LATE_MAX_MS;
          if (afterMs > 0) late++;
          print(message, afterMs);
        }
      }
    },
    counted: () => ({ doubled, late }),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      await this.settled();
      await publisher.close();
    },
  };
}

function idOf({ value }: OutMessage): string {
  return (JSON.parse(String(value)) as Envelope).id;
}
