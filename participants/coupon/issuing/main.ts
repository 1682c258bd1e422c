/** The coupon issuer's process: it reads requests, decides them, and publishes the results. */
import * as z from 'zod';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { COUPON_PRODUCER, ISSUER_CONSUMER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { consumerLag } from '#platform/kafka/consumer-lag.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { processConfig, readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { openRedis } from '#platform/process/redis.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { REQUESTS } from '../events.ts';
import { cacheIn } from './cache.ts';
import { handleCouponRequests, renewCacheEpoch } from './issuer.ts';
import { keepRefreshing } from './refresh.ts';
import { sqlIssuingUnitOfWork } from './sql-issuer-store.ts';
import { campaignList, couponReads } from './sql-store.ts';
import { startAtCheckpoints } from './starting-offsets.ts';

/** Half the linger of an order's hops: a request has one hop, and people wait for it. */
const LINGER = { busyPerSecond: 300, fullPerSecond: 2_000, longestMs: 15 };
const LAG_EVERY_MS = 1_000;

const config = readConfig(
  processConfig.extend({
    /** The coupons' own database instead of DATABASE_URL. */
    COUPON_DATABASE_URL: z.string().min(1).optional(),
    REDIS_URL: z.url(),
  }),
);
const name = 'coupon-issuer';
await runProcess(
  name,
  { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
  async (log) => {
    const now = () => Date.now();
    const url = config.COUPON_DATABASE_URL ?? config.DATABASE_URL;
    const db = openDatabase(url, { pool: config.DATABASE_POOL, processName: name, plans: 'probes' });
    const unitOfWork = sqlIssuingUnitOfWork(db);
    const redis = openRedis(config.REDIS_URL, log);
    const cache = cacheIn(redis);
    const kafka = { brokers: config.KAFKA_BROKERS, prefix: config.KAFKA_PREFIX, clientId: name, log };
    void compareClock({ ...kafka, now });
    const publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
    const begun = new Map<number, number>();
    const highest = new Map<number, number>();
    const issuer = { unitOfWork, publisher, cache, begun, highest, log, now, newId: uuidv7 };
    const consumer = await consumeBatches({
      ...kafka,
      group: name,
      topics: [REQUESTS],
      settings: ISSUER_CONSUMER,
      linger: LINGER,
      handle: (records) => handleCouponRequests(issuer, records),
      merged: startAtCheckpoints(unitOfWork, begun, log, now),
    });
    const refreshing = keepRefreshing({
      reads: couponReads(db),
      campaigns: campaignList(db),
      cache,
      highest,
      async onBehind(reason) {
        await renewCacheEpoch({ unitOfWork, log, now }, reason);
        process.exit(70);
      },
      log,
      now,
    });
    const measuring = setInterval(
      () => consumerLag.set({ group: name, topic: REQUESTS }, consumer.lag()),
      LAG_EVERY_MS,
    );
    return {
      readiness: () => (consumer.assigned() ? null : 'waiting for partitions'),
      close: [
        () => db.close(),
        async () => redis.disconnect(),
        () => publisher.close(),
        () => refreshing.close(),
        async () => clearInterval(measuring),
        () => consumer.close(),
      ],
    };
  },
);
