/** For tests: a coupon system on the real stack: any number of APIs in this process, and an issuer that decides on call. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { FAILED, ISSUED, REQUESTS, STOCK } from '#participants/coupon/events.ts';
import { cacheIn } from '#participants/coupon/issuing/cache.ts';
import { handleCouponRequests } from '#participants/coupon/issuing/issuer.ts';
import { issuerStore, sqlIssuingUnitOfWork } from '#participants/coupon/issuing/sql-issuer-store.ts';
import { redisAt, redisOptionsAt } from '#platform/connections/redis-settings.ts';
import { listen } from '#platform/http/server.ts';
import { requestsTo, type SendRequest, type SignToken, testTokens } from '#platform/http/testing/client.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { composeIdentity } from '#platform/identity/identity.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { COUPON_PRODUCER, GENERAL_CONSUMER, REALTIME_CONSUMER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { consumeTail } from '#platform/kafka/tail-consumer.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { openTokens } from '#platform/process/auth-tokens.ts';
import { silent } from '#platform/process/log.ts';
import { openRedis } from '#platform/process/redis.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { openTestTopics, type TestTopics } from '#runtime/testing/topics.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { couponApp, couponServer } from '../app.ts';
import { couponApiLimits } from '../config.ts';
import { openParts } from '../open-parts.ts';

const PARTITIONS = [0, 1, 2, 3, 4, 5];
const TAIL_LINGER = { busyPerSecond: 500, fullPerSecond: 2_000, longestMs: 8 };
/** Limits that no test reaches unless it sets its own. */
const WIDE = {
  COUPON_USER_PER_SECOND: 1_000,
  COUPON_USER_BURST: 1_000,
  COUPON_ADDRESS_PER_SECOND: 10_000,
  COUPON_ADDRESS_BURST: 10_000,
};

export interface TestCouponApi {
  readonly url: string;
  readonly request: SendRequest;
  /** Opens the application alone on a port of its own; its address. */
  withoutHotRoute(): Promise<string>;
  close(): Promise<void>;
}

export interface World {
  readonly test: TestDatabase;
  readonly topics: TestTopics;
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly secret: Uint8Array;
  readonly token: SignToken;
  /** Requests that the brokers accepted and no issuer decided yet. */
  readonly undecided: readonly InRecord[];
  /** Starts one more API. */
  api(
    limits?: Readonly<Record<string, unknown>>,
    redisUrl?: string,
    databaseUrl?: string,
  ): Promise<TestCouponApi>;
  /** Holds back what APIs publish, as a client does while its brokers are away, until the returned function is called. */
  holdRequests(): () => void;
  /** Decides the requests received, once there are so many; resolves when their results are published. */
  decide(atLeast: number): Promise<void>;
  close(): Promise<void>;
}

/** Where no Redis answers; with TLS where the settings of the tests' clients have it. */
export const NO_REDIS = `${process.env.REDIS_URL?.split(':')[0] ?? 'redis'}://127.0.0.1:1`;

/** Opens a world with a database, topics and a secret of its own; Redis is shared, under the keys of its own campaigns. */
export async function openWorld(ownSecret?: Uint8Array): Promise<World> {
  const [test, topics, redisUrl] = await Promise.all([
    openTestDatabase(),
    openTestTopics(REQUESTS, ISSUED, FAILED, STOCK),
    process.env.REDIS_URL ?? stackUp({ name: 'test' }).then(({ redis }) => redis),
  ]);
  const kafka = { brokers: topics.brokers, prefix: topics.prefix, clientId: 'test', log: silent };
  const redis = new Redis({ ...redisOptionsAt(redisUrl), maxRetriesPerRequest: 0 });
  const { secret, token } = testTokens(ownSecret);
  const now = () => Date.now();
  const publisher = await openPublisher({ ...kafka, settings: COUPON_PRODUCER });
  await issuerStore(test.db).addCheckpoints(PARTITIONS);
  const issuer = {
    unitOfWork: sqlIssuingUnitOfWork(test.db),
    publisher,
    cache: cacheIn(redis),
    begun: new Map(),
    logs: new Map(),
    highest: new Map(),
    log: silent,
    now,
    newId: uuidv7,
  };
  const undecided: InRecord[] = [];
  const consumer = await consumeBatches({
    ...kafka,
    group: 'test',
    topics: [REQUESTS],
    settings: GENERAL_CONSUMER,
    async handle(records) {
      undecided.push(...records);
      return { published: Promise.resolve() };
    },
  });
  // A broker that has just started assigns a new group its partitions late.
  await waitUntil(() => consumer.assigned(), Boolean);

  const open: TestCouponApi[] = [];
  let held = Promise.resolve();
  const holding: typeof publisher = {
    ...publisher,
    async publishPlaced(messages) {
      await held;
      return publisher.publishPlaced(messages);
    },
  };
  return {
    test,
    topics,
    redis,
    redisUrl,
    secret,
    token,
    undecided,
    async api(limits = {}, ownRedisUrl = redisUrl, databaseUrl = test.url) {
      const db = openDatabase(databaseUrl, {
        pool: 4,
        processName: 'coupons',
        plans: 'probes',
        queryTimeoutMs: 5_000,
      });
      test.watch(db);
      // A server of one test listens on a socket, which is no address of settings.
      const isSocket = ownRedisUrl.startsWith('/');
      const ownRedis = openRedis(
        silent,
        isSocket ? { options: { path: ownRedisUrl }, password: null } : redisAt(ownRedisUrl),
      );
      const config = couponApiLimits.parse({ ...WIDE, ...limits });
      const { parts, sockets } = openParts(
        {
          db,
          prisma: openPrisma(db),
          redis: ownRedis,
          publisher: holding,
          tokens: composeIdentity({
            issuers: null,
            local: openTokens(secret, now),
            credentials: openCredentials(db, now),
          }),
          addressKeys: { secrets: [secret] },
          log: silent,
          now,
        },
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
      const server = couponServer(parts, sockets, () => null);
      const servers: Array<() => Promise<void>> = [];
      const opened = async (one: Server) => {
        servers.push(await listen(one, { port: 0, host: '127.0.0.1', log: silent }));
        return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
      };
      const url = await opened(server);
      let isOpen = true;
      const api: TestCouponApi = {
        url,
        request: requestsTo(url, token),
        withoutHotRoute: () => opened(createServer(couponApp(parts, () => null))),
        async close() {
          if (!isOpen) return;
          isOpen = false;
          await parts.intake.close();
          await parts.lookups.close();
          await sockets.close();
          await Promise.all(servers.map((close) => close()));
          await tail.close();
          ownRedis.disconnect();
          await db.close();
        },
      };
      open.push(api);
      return api;
    },
    holdRequests() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    async decide(atLeast) {
      await waitUntil(
        () => undecided.length,
        (count) => count >= atLeast,
      );
      const { published } = await handleCouponRequests(issuer, undecided.splice(0));
      await published;
    },
    async close() {
      await Promise.all(open.map((api) => api.close()));
      await Promise.all([consumer.close(), publisher.close()]);
      redis.disconnect();
      await topics.close();
      await test.close();
    },
  };
}

/** Makes a campaign through the API; its id. */
export async function madeCampaign(
  { request }: Pick<TestCouponApi, 'request'>,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { status, body } = await request('/v1/campaigns', { body: { ...CAMPAIGN, ...changes } });
  if (status !== 201) throw new Error(`a campaign was answered ${status}: ${JSON.stringify(body)}`);
  return String(body.id);
}

/** A valid campaign. */
export const CAMPAIGN = { name: 'Opening', total: 10, discount: { kind: 'percent', value: 10 } };

/** Requests a coupon; the request's public id. */
export async function requested(
  { request }: Pick<TestCouponApi, 'request'>,
  campaign: string,
  userId: string,
  idempotencyKey?: string,
): Promise<string> {
  const { status, body } = await request(`/v1/campaigns/${campaign}/requests`, {
    body: { userId },
    headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
  });
  if (status !== 202) throw new Error(`a request was answered ${status}: ${JSON.stringify(body)}`);
  return String(body.requestId);
}
