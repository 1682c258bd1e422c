/** The notification process: consumes the events that end an order and mails the customer. */
import { redisConnection } from '#platform/connections/redis-settings.ts';
import { guardContinuity } from '#platform/continuity/guard.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { hasNextPartition, keepPartitions } from '#platform/postgres/month-partitions.ts';
import { partitionedIn } from '#platform/postgres/tables.ts';
import { runProcess } from '#platform/process/process.ts';
import { openRedis } from '#platform/process/redis.ts';
import { config as readNotificationConfig } from './config.ts';
import { END_TOPICS } from './event.ts';
import { fileTransport } from './files.ts';
import { orderEventHandler } from './handle-order-events.ts';
import { processedEventsIn } from './processed-events.ts';
import { keepRetryingDeferred } from './retry-deferred.ts';
import { smtpTransport } from './smtp.ts';
import { mailStore } from './sql-store.ts';
import { NOTIFICATION_TABLES } from './tables.ts';

const config = readNotificationConfig();
const name = 'notification';
const tables = partitionedIn(NOTIFICATION_TABLES);
await runProcess(
  name,
  { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
  async (log, whileWaiting) => {
    const now = () => Date.now();
    const url = config.NOTIFICATION_DATABASE_URL ?? config.DATABASE_URL;
    const db = openDatabase(url, { pool: config.DATABASE_POOL, processName: name, plans: 'probes' });
    const kafka = { brokers: config.KAFKA_BROKERS, prefix: config.KAFKA_PREFIX, clientId: name, log };
    const isOwn = config.NOTIFICATION_DATABASE_URL !== undefined;
    const guard = await guardContinuity({ db, ...kafka, isOwn, whileWaiting, now });
    const partitions = await keepPartitions(db, tables, now, log);
    const mails = mailStore(db);
    const connection = redisConnection();
    const redis = connection === null ? null : openRedis(log, connection);
    const transport =
      config.SMTP_URL === undefined
        ? fileTransport(config.MAIL_DIR ?? '', config.MAIL_FROM)
        : smtpTransport(config.SMTP_URL, config.MAIL_FROM);
    void compareClock({ ...kafka, now });
    const publisher = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
    const { handleOrderEvents, paused } = orderEventHandler({
      mails,
      publisher,
      transport,
      processed: processedEventsIn(redis, log),
      log,
      now,
    });
    const retrying = keepRetryingDeferred({ mails, transport, log, now });
    const consumer = await consumeBatches({
      ...kafka,
      group: name,
      topics: END_TOPICS,
      settings: GENERAL_CONSUMER,
      handle: handleOrderEvents,
      // Nobody sends an event again: in a recreated topic none may be passed over.
      confirmed: true,
      paused,
    });
    return {
      readiness: async () => {
        if (!consumer.assigned()) return 'waiting for partitions';
        return (await hasNextPartition(db, tables, now())) ? null : 'the next table partition is missing';
      },
      close: [
        () => db.close(),
        () => guard.close(),
        async () => partitions.close(),
        async () => redis?.disconnect(),
        () => transport.close(),
        () => publisher.close(),
        () => retrying.close(),
        () => consumer.close(),
      ],
    };
  },
);
