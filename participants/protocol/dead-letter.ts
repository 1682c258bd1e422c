/** What cannot be read or handled is parked: its original bytes, where it came from, and why. */

import { deadLetters } from '#platform/process/metrics.ts';
import type { InRecord, OutMessage } from './envelope.ts';
import { messageOf, TerminalError } from './errors.ts';
import { DEAD_LETTERS } from './topics.ts';

const MAX_TEXT = 1000;

/** The dead letter of a record: the same key and bytes; the rest travels in headers. Counts it. */
export function deadLetter(record: InRecord, cause: unknown, parkedBy: string, nowMs: number): OutMessage {
  const reason = cause instanceof TerminalError ? cause.code : 'refused-by-database';
  deadLetters.inc({ topic: record.topic, reason });
  return {
    topic: DEAD_LETTERS,
    key: record.key ?? '',
    value: record.value ?? Buffer.alloc(0),
    headers: {
      'parked-by': parkedBy,
      'parked-at': new Date(nowMs).toISOString(),
      reason,
      text: messageOf(cause).slice(0, MAX_TEXT),
      topic: record.topic,
      partition: String(record.partition),
      offset: String(record.offset),
    },
  };
}
