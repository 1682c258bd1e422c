/** The coupon issuer's process: it reads requests, decides them, and publishes the results. */
import { guardContinuity } from '#platform/continuity/guard.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { COUPON_PRODUCER, ISSUER_CONSUMER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { exitNow } from '#platform/process/closing-limit.ts';
import { readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { openRedis } from '#platform/process/redis.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { REQUESTS } from '../events.ts';
import { cacheIn } from './cache.ts';
import { issuerConfig } from './config.ts';
import { handleCouponRequests, renewCacheEpoch } from './issuer.ts';
import { keepRefreshing } from './refresh.ts';
import { sqlIssuingUnitOfWork } from './sql-issuer-store.ts';
import { campaignList, couponReads } from './sql-store.ts';
import { startAtCheckpoints } from './start-at-checkpoints.ts';

/** Half the linger of an order's hops: a request has one hop, and people wait for it. */
const LINGER = { busyPerSecond: 300, fullPerSecond: 2_000, longestMs: 15 };

const config = readConfig(issuerConfig);
const name = 'coupon-issuer';
await runProcess(
  name,
  { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
  async (log, whileWaiting) => {
    const now = () => Date.now();
    const url = config.COUPON_DATABASE_URL ?? config.DATABASE_URL;
    const db = openDatabase(url, { pool: config.DATABASE_POOL, processName: name, plans: 'probes' });
    const kafka = { brokers: config.KAFKA_BROKERS, prefix: config.KAFKA_PREFIX, clientId: name, log };
    const isOwn = config.COUPON_DATABASE_URL !== undefined;
    const guard = await guardContinuity({ db, ...kafka, isOwn, whileWaiting, now });
    const unitOfWork = sqlIssuingUnitOfWork(db);
    const redis = openRedis(log);
    const cache = cacheIn(redis);
    void compareClock({ ...kafka, now });
    const brokersNow = async () => {
      const before = now();
      const differenceMs = await compareClock({ ...kafka, now });
      if (differenceMs === null) throw new Error('the brokers’ clock cannot be read');
      return new Date(Math.floor(before + differenceMs));
    };
    const publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
    const begun = new Map<number, number>();
    const logs = new Map<number, number>();
    const highest = new Map<number, number>();
    const issuer = { unitOfWork, publisher, cache, begun, logs, highest, log, now, newId: uuidv7 };
    const consumer = await consumeBatches({
      ...kafka,
      group: name,
      topics: [REQUESTS],
      settings: ISSUER_CONSUMER,
      linger: LINGER,
      handle: (records) => handleCouponRequests(issuer, records),
      merged: startAtCheckpoints({ unitOfWork, begun, logs, highest, brokersNow, log, now }),
    });
    const refreshing = keepRefreshing({
      reads: couponReads(db),
      campaigns: campaignList(db),
      cache,
      highest,
      async onBehind(reason) {
        await renewCacheEpoch({ unitOfWork, log, now }, reason);
        exitNow(70);
      },
      log,
      now,
    });
    return {
      readiness: async () => {
        if (!consumer.assigned()) return 'waiting for partitions';
        await db.query('SELECT 1');
        return null;
      },
      close: [
        () => db.close(),
        () => guard.close(),
        async () => redis.disconnect(),
        () => publisher.close(),
        () => refreshing.close(),
        () => consumer.close(),
      ],
    };
  },
);
