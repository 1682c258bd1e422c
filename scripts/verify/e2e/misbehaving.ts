/** A publisher that behaves as badly as a network and a careless participant may: twice, late, in the wrong order. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';

const COPIES_MAX = 3;
/** Some messages are late by up to this. */
const LATE_MAX_MS = 6_000;
/**
 * One answer in ten to a step is published only when nobody waits for it any more, or a person was called for it. It is late each
 * time, for the answer to the command that is sent again would save the step.
 */
const TOO_LATE_SHARE = 0.1;
/** Answers to an undo are waited for without end. */
const TO_A_STEP = /\.(reserved|prepared|refused)$/;
const CHECK_EVERY_MS = 1_000;

export interface MisbehavingPublisher extends Publisher {
  /** How many messages were published more often than once, and how many late. */
  counted(): { doubled: number; late: number };
  /** Resolves once everything that was to be published so far has been acknowledged. */
  settled(): Promise<void>;
}

/**
 * Publishes each message one to three times, each copy now or late, in any order. Reports success at once, so that
 * its participant's offsets run ahead of its answers.
 * @param random in [0, 1)
 * @param isWaitedFor whether a saga waits for the answer to its command, and nobody was called for it
 */
export function misbehaving(
  publisher: Publisher,
  random: () => number,
  isWaitedFor: (sagaId: string, commandId: string) => Promise<boolean>,
): MisbehavingPublisher {
  const underWay = new Set<Promise<void>>();
  let doubled = 0;
  let late = 0;
  const tooLate = new Map<string, boolean>();
  const print = (message: OutMessage, after: Promise<void>) => {
    const publishing: Promise<void> = after
      .then(() => publisher.publish([message]))
      .finally(() => underWay.delete(publishing));
    underWay.add(publishing);
  };
  const givenUp = async (sagaId: string, commandId: string) => {
    while (await isWaitedFor(sagaId, commandId)) await pause(CHECK_EVERY_MS);
  };
  return {
    async publish(messages) {
      for (const message of messages) {
        const { id, type, subject, commandid = '' } = JSON.parse(String(message.value)) as Envelope;
        const isTooLate = tooLate.get(id) ?? (TO_A_STEP.test(type) && random() < TOO_LATE_SHARE);
        tooLate.set(id, isTooLate);
        if (isTooLate) {
          late++;
          print(message, givenUp(subject, commandid));
          continue;
        }
        const copies = 1 + Math.floor(random() * COPIES_MAX);
        if (copies > 1) doubled++;
        for (let copy = 0; copy < copies; copy++) {
          const afterMs = random() < 0.5 ? 0 : random() * LATE_MAX_MS;
          if (afterMs > 0) late++;
          print(message, pause(afterMs));
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
