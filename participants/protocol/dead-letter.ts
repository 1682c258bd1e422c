/** A dead letter: a record that no process could read or handle, with its bytes, its origin and the reason. */
import type { InRecord, OutMessage } from './envelope.ts';
import { failureCodeOf, messageOf } from './errors.ts';
import { DEAD_LETTERS } from './topics.ts';

const MAX_TEXT = 1000;

/** The dead letter of a record: the same key and bytes; headers bear the rest. */
export function deadLetter(record: InRecord, cause: unknown, parkedBy: string, nowMs: number): OutMessage {
  return {
    topic: DEAD_LETTERS,
    key: record.key ?? '',
    ...(record.keyBytes !== undefined && { keyBytes: record.keyBytes }),
    value: record.value ?? Buffer.alloc(0),
    headers: {
      'parked-by': parkedBy,
      'parked-at': new Date(nowMs).toISOString(),
      reason: failureCodeOf(cause),
      text: messageOf(cause).slice(0, MAX_TEXT),
      topic: record.topic,
      partition: String(record.partition),
      offset: String(record.offset),
    },
  };
}
