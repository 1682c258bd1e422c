/**
 * Observes completed orders as any client could: by reading `order-completed`.
 *
 * It assigns the partitions itself instead of joining a group: without rebalances and commits the brokers do as little as
 * possible for the measurement.
 */
import { connectConsumer } from '#platform/kafka/consumer-client.ts';
import { openOffsetReader } from '#platform/kafka/offsets.ts';
import { silent } from '#platform/process/log.ts';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { ORDER_EVENTS } from '#protocol/order-events.ts';

const ENDS_WITHIN_MS = 10_000;
const SETTINGS = { batchMax: 500, sessionTimeoutMs: 10_000, offsetReset: 'latest' } as const;
/** Between two polls: a wake-up for every record would cost more than the records. The latencies include it in full. */
const LINGER_MS = 3;

export interface Completions {
  close(): Promise<void>;
}

/** Reads from the present end of the topic on; resolves once it does. Calls `onCompleted` with each order's id. */
export async function watchCompletions(
  { brokers, prefix }: { brokers: string; prefix: string },
  run: string,
  onCompleted: (orderId: string) => void,
): Promise<Completions> {
  const { topic } = ORDER_EVENTS['order.completed'];
  const places = Array.from({ length: SAGA_PARTITIONS }, (_, partition) => ({
    topic: prefix + topic,
    partition,
  }));
  const offsets = await openOffsetReader({ brokers, clientId: run, log: silent });
  const ends = await offsets.logOffsets('end', places, ENDS_WITHIN_MS).finally(() => offsets.close());
  const consumer = await connectConsumer({
    brokers,
    prefix,
    group: run,
    clientId: run,
    settings: SETTINGS,
    log: silent,
    onLost() {
      throw new Error('the reader of completions has lost its brokers');
    },
  });
  consumer.assign(ends.map((end) => ({ ...end, topic })));

  let closing = false;
  const reading = (async () => {
    while (!closing) {
      // While brokers are down the position stays, and the records are read afterwards.
      for (const { key } of await consumer.consume(SETTINGS.batchMax).catch(() => []))
        if (key) onCompleted(key);
      await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    }
  })();
  return {
    async close() {
      closing = true;
      await reading;
      await consumer.close();
    },
  };
}
