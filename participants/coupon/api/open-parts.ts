/** Builds the coupon API's parts on given clients; for the main file and for tests. */
import type { Redis } from 'ioredis';
import { lingerMs } from '#platform/batching/linger.ts';
import { admission } from '#platform/http/admission.ts';
import { clientAddresses } from '#platform/http/client-address.ts';
import type { Identity } from '#platform/identity/identity.ts';
import type { PlacingPublisher } from '#platform/kafka/publisher.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';
import { cpuShortage } from '#platform/process/cpu-shortage.ts';
import type { Logger } from '#platform/process/log.ts';
import { cacheIn } from '../issuing/cache.ts';
import { campaignStore, couponReads } from '../issuing/sql-store.ts';
import type { CouponApiParts } from './api-parts.ts';
import { cachedStateReader } from './cached-state.ts';
import type { CouponApiLimits } from './config.ts';
import { openIntake } from './intake.ts';
import type { KeyRing } from './key-ring.ts';
import { knownCampaigns } from './known-campaigns.ts';
import { openLookups } from './outcome-lookups.ts';
import { publicIds } from './public-ids.ts';
import { REQUEST_ID_PURPOSE } from './request-id.ts';
import { sealUnder } from './seal.ts';
import { type ResultSockets, resultSockets } from './sockets/result-sockets.ts';
import { TICKET_PURPOSE, useTicket } from './ticket.ts';

/** From `busyPerSecond` on a few requests share a group; below it each goes at once. */
const LINGER = { busyPerSecond: 200, fullPerSecond: 2_000 };

/** The clients and values that the parts are built on. */
export interface Clients {
  readonly db: Database;
  readonly prisma: Prisma;
  readonly redis: Redis;
  readonly publisher: PlacingPublisher;
  readonly tokens: Pick<Identity, 'verify' | 'stillCounts'>;
  /** The seals' keys are derived from it. */
  readonly addressKeys: KeyRing;
  readonly log: Logger;
  readonly now: () => number;
}

export function openParts(
  { db, prisma, redis, publisher, tokens, addressKeys, log, now }: Clients,
  config: CouponApiLimits,
): { parts: CouponApiParts; sockets: ResultSockets } {
  const limitOf = (perSecond: number, burst: number) => ({ perSecond, burst });
  const reads = couponReads(db);
  const linger = (load: Parameters<typeof lingerMs>[0]) =>
    lingerMs(load, { ...LINGER, longestMs: config.COUPON_GROUP_MS }, cpuShortage());
  const lookups = openLookups(reads, linger, now);
  const seals = {
    requestIds: sealUnder(addressKeys, REQUEST_ID_PURPOSE),
    tickets: sealUnder(addressKeys, TICKET_PURPOSE),
  };
  const ids = publicIds(seals.requestIds);
  const sockets = resultSockets({
    ...seals,
    ids,
    useTicket: (ticket) => useTicket(redis, ticket),
    stillCounts: tokens.stillCounts,
    lookups,
    connectionLimits: {
      all: config.COUPON_SOCKETS_MAX,
      customer: config.COUPON_SOCKETS_PER_CUSTOMER,
      service: config.COUPON_SOCKETS_PER_SERVICE,
    },
    origins: config.COUPON_ORIGINS,
    log,
    now,
  });
  const parts: CouponApiParts = {
    ...seals,
    ids,
    tokens,
    campaignStore: campaignStore(db, prisma),
    reads,
    campaigns: knownCampaigns(reads, now),
    intake: openIntake(
      { readCachedState: cachedStateReader(cacheIn(redis), reads, log, now), publisher, log, now },
      {
        lingerMs: linger,
        groupMax: config.COUPON_GROUP_MAX,
        queueMax: config.COUPON_QUEUE_MAX,
        unacknowledgedMax: config.COUPON_UNACKNOWLEDGED_MAX,
      },
    ),
    lookups,
    refused: sockets.refused,
    admission: admission(
      {
        user: limitOf(config.COUPON_USER_PER_SECOND, config.COUPON_USER_BURST),
        address: limitOf(config.COUPON_ADDRESS_PER_SECOND, config.COUPON_ADDRESS_BURST),
        service: limitOf(config.COUPON_SERVICE_PER_SECOND, config.COUPON_SERVICE_BURST),
      },
      now,
    ),
    origins: config.COUPON_ORIGINS,
    addressOf: clientAddresses({ trusted: config.TRUSTED_PROXIES, hops: config.COUPON_PROXY_HOPS }, log),
    log,
    now,
  };
  return { parts, sockets };
}
