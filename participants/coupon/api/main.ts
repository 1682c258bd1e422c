/** The coupon API's process: it accepts requests for coupons and delivers their results. The issuer decides them. */

import { guardContinuity } from '#platform/continuity/guard.ts';
import { listen } from '#platform/http/server.ts';
import { serversOf } from '#platform/http/tls.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { openIdentity } from '#platform/identity/identity.ts';
import { COUPON_PRODUCER, REALTIME_CONSUMER } from '#platform/kafka/client-settings.ts';
import { compareClock } from '#platform/kafka/clock.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { consumeTail } from '#platform/kafka/tail-consumer.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { REQUEST_TIMEOUT_MS } from '#platform/postgres/session-settings.ts';
import { runProcess } from '#platform/process/process.ts';
import { openRedis } from '#platform/process/redis.ts';
import { FAILED, ISSUED } from '../events.ts';
import { couponServer } from './app.ts';
import { addressKeysFile, config as readCouponApiConfig } from './config.ts';
import { openKeyRing } from './key-ring.ts';
import { openParts } from './open-parts.ts';

/** Results linger for a few milliseconds, so that a socket gets fewer frames. */
const TAIL_LINGER = { busyPerSecond: 500, fullPerSecond: 2_000, longestMs: 8 };

const config = readCouponApiConfig();
const name = 'coupons';
await runProcess(
  name,
  { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
  async (log, whileWaiting) => {
    const now = () => Date.now();
    const addressKeys = openKeyRing(addressKeysFile(config), log);
    const db = openDatabase(config.COUPON_DATABASE_URL ?? config.DATABASE_URL, {
      pool: config.DATABASE_POOL,
      processName: name,
      plans: 'probes',
      queryTimeoutMs: REQUEST_TIMEOUT_MS,
    });
    const kafka = { brokers: config.KAFKA_BROKERS, prefix: config.KAFKA_PREFIX, clientId: name, log };
    const isOwn = config.COUPON_DATABASE_URL !== undefined;
    const guard = await guardContinuity({ db, ...kafka, isOwn, whileWaiting, now });
    // Backends' keys and ended tokens are in the system's database, not in the coupons' own.
    const identityDb =
      config.COUPON_DATABASE_URL === undefined
        ? db
        : openDatabase(config.DATABASE_URL, {
            pool: 1,
            processName: name,
            plans: 'probes',
            queryTimeoutMs: REQUEST_TIMEOUT_MS,
          });
    const tokens = openIdentity(config, { now, log, credentials: openCredentials(identityDb, now) });
    const redis = openRedis(log);
    void compareClock({ ...kafka, now });
    const publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
    const { parts, sockets } = openParts(
      { db, prisma: openPrisma(db), redis, publisher, tokens, addressKeys, log, now },
      config,
    );
    const tail = await consumeTail({
      ...kafka,
      topics: [ISSUED, FAILED],
      settings: REALTIME_CONSUMER,
      linger: TAIL_LINGER,
      handle: sockets.take,
      positioned: sockets.positioned,
    });

    let closing = false;
    const readiness = async () => {
      if (closing) return 'shutting down';
      await parts.reads.epoch();
      return null;
    };
    const server = couponServer(parts, sockets, readiness, serversOf(config, log));
    const closeServer = await listen(server, { port: config.HTTP_PORT, host: config.HTTP_HOST, log });
    return {
      servesHealth: true,
      readiness,
      close: [
        async () => tokens.close(),
        async () => addressKeys.close(),
        () => db.close(),
        () => guard.close(),
        ...(identityDb === db ? [] : [() => identityDb.close()]),
        async () => redis.disconnect(),
        () => publisher.close(),
        () => tail.close(),
        closeServer,
        () => sockets.close(),
        () => parts.lookups.close(),
        () => parts.intake.close(),
        async () => {
          closing = true;
        },
      ],
    };
  },
);
