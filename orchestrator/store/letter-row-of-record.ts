/** The row of a parked record, whatever its headers hold. */
import type { InRecord } from '#protocol/envelope.ts';
import { sagaIdOf } from './saga-of-letter.ts';

/** Anybody may write to the topic: a header may be missing, malformed or huge. What fits no column becomes unknown. */
export function toLetterRow({ partition, offset, key, keyBytes, value, timestamp, headers = {} }: InRecord) {
  return {
    partition,
    offset,
    sagaId: sagaIdOf(key, value),
    key: key === null ? null : (keyBytes ?? Buffer.from(key)).toString('base64'),
    value: (value ?? Buffer.alloc(0)).toString('base64'),
    parkedBy: text(headers['parked-by'], MAX_NAME),
    parkedAt: new Date(instant(Date.parse(headers['parked-at'] ?? '')) ?? instant(timestamp) ?? 0),
    reason: text(headers['reason'], MAX_NAME),
    text: text(headers['text'], MAX_TEXT, ''),
    originTopic: text(headers['topic'], MAX_NAME),
    originPartition: whole(headers['partition'], MAX_INT4),
    originOffset: whole(headers['offset'], Number.MAX_SAFE_INTEGER),
  };
}

/** The longest name of a Kafka topic. An indexed text must stay below 2,700 bytes. */
const MAX_NAME = 249;
const MAX_TEXT = 1_000;
const MAX_INT4 = 2 ** 31 - 1;
const YEAR_10000 = Date.UTC(10_000, 0);

/** A header's text as PostgreSQL can store it. */
function text(found: string | undefined, max: number, missing = 'unknown'): string {
  return (found ?? missing).slice(0, max).replaceAll('\0', '').toWellFormed();
}

/** An instant that both JavaScript and PostgreSQL can hold; null: another one. */
function instant(ms: number): number | null {
  return ms >= 0 && ms < YEAR_10000 ? ms : null;
}

/** A header's whole number; -1: it holds none. */
function whole(found: string | undefined, max: number): number {
  const value = found === undefined || !/^\d{1,16}$/.test(found) ? -1 : Number(found);
  return value <= max ? value : -1;
}
