/** A record as the client gives it, as the product's own. */
import type kafka from '@confluentinc/kafka-javascript';
import type { InRecord } from '#protocol/envelope.ts';

/** @param prefix taken off the topic's name */
export function toRecord(message: kafka.Message, prefix: string, withHeaders = false): InRecord {
  return {
    ...(withHeaders && { headers: headersOf(message) }),
    topic: prefix === '' ? message.topic : message.topic.slice(prefix.length),
    partition: message.partition,
    offset: message.offset,
    key: message.key == null ? null : message.key.toString(),
    value: message.value,
    timestamp: message.timestamp ?? 0,
  };
}

function headersOf({ headers = [] }: kafka.Message): Record<string, string> {
  return Object.fromEntries(
    headers.flatMap((header) => Object.entries(header).map(([name, text]) => [name, String(text)] as const)),
  );
}
