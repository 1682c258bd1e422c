/**
 * Sees orders complete as anyone outside does: by reading `order-completed`.
 *
 * Its partitions are assigned, not subscribed to: no rebalance, no commits, so the brokers do as little for the
 * measuring as can be.
 */
import kafka from '@confluentinc/kafka-javascript';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { ORDER_EVENTS } from '#protocol/order-events.ts';

const TIMEOUT_MS = 10_000;
const BATCH_MAX = 500;
const POLL_MS = 200;
/** Between two polls: a wake-up for every record would cost more than the records. It is in the latencies, in full. */
const LINGER_MS = 3;

export interface Completions {
  close(): Promise<void>;
}

/** Reads from the present end of the topic on; resolves when it does. Calls `onCompleted` with each order's id. */
export async function watchCompletions(
  { brokers, prefix }: { brokers: string; prefix: string },
  run: string,
  onCompleted: (orderId: string) => void,
): Promise<Completions> {
  const topic = prefix + ORDER_EVENTS['order.completed'].topic;
  const consumer = new kafka.KafkaConsumer(
    {
      'metadata.broker.list': brokers,
      'group.id': run,
      'client.id': run,
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
      'queued.max.messages.kbytes': 4_096,
      // Reconnects soon after a broker's return: the outage is in the latencies.
      'reconnect.backoff.max.ms': 1_000,
      'socket.nagle.disable': true,
    },
    {},
  ) as kafka.KafkaConsumer & { setDefaultIsTimeoutOnlyForFirstMessage(only: boolean): void };
  await new Promise<void>((resolve, reject) => {
    consumer.connect({ timeout: TIMEOUT_MS }, (error) => (error ? reject(error) : resolve()));
  });
  consumer.setDefaultConsumeTimeout(POLL_MS);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
  const endOf = (partition: number) =>
    new Promise<{ topic: string; partition: number; offset: number }>((resolve, reject) => {
      consumer.queryWatermarkOffsets(topic, partition, TIMEOUT_MS, (error, { highOffset } = NO_OFFSETS) =>
        error ? reject(error) : resolve({ topic, partition, offset: highOffset }),
      );
    });
  consumer.assign(
    await Promise.all(Array.from({ length: SAGA_PARTITIONS }, (_, partition) => endOf(partition))),
  );

  let closing = false;
  const consume = () =>
    new Promise<kafka.Message[]>((resolve, reject) => {
      consumer.consume(BATCH_MAX, (error, messages) => (error ? reject(error) : resolve(messages)));
    });
  const reading = (async () => {
    while (!closing) {
      // Goes on from its position when brokers are back: no event is missed.
      for (const { key } of await consume().catch(() => [])) if (key) onCompleted(key.toString());
      await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    }
  })();
  return {
    async close() {
      closing = true;
      await reading;
      await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
    },
  };
}

const NO_OFFSETS = { lowOffset: 0, highOffset: 0 };
