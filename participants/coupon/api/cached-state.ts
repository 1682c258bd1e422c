/** Reads the cached state of a group of requests from Redis. It only saves work: without it the issuer decides every request. */
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { Cache, Winner } from '../issuing/cache.ts';
import type { CouponReads } from '../issuing/store.ts';
import type { RequestIdentity } from './request-id.ts';

/** The greatest age of the local copy of the epoch; `coupons renew-epoch` waits for as long. */
const EPOCH_MS = 1_000;
/** Groups skip Redis for so long after it failed, so that they do not all wait for its time-out. */
const SKIP_MS = 500;

/** Without cached state the issuer decides. */
const NOTHING = { winner: null, soldOut: false };

export interface CachedState {
  /** The user's winning request in the campaign. */
  readonly winner: Winner | null;
  /** Applies only to a user without a winner. */
  readonly soldOut: boolean;
}

/** The cached state of some requests, in their order. Never rejects. */
export type ReadCachedState = (identities: readonly RequestIdentity[]) => Promise<CachedState[]>;

/** Reads from Redis, under the epoch stored in PostgreSQL. */
export function cachedStateReader(
  cache: Pick<Cache, 'read'>,
  reads: Pick<CouponReads, 'epoch'>,
  log: Logger,
  now: () => number,
): ReadCachedState {
  let epoch = '';
  let epochUntil = Number.NEGATIVE_INFINITY;
  let skipUntil = Number.NEGATIVE_INFINITY;

  const currentEpoch = async () => {
    const requestedAt = now();
    if (requestedAt < epochUntil) return epoch;
    epoch = await reads.epoch();
    // Counted from the request, since the epoch may change before the answer arrives.
    epochUntil = requestedAt + EPOCH_MS;
    return epoch;
  };

  return async (identities) => {
    if (now() < skipUntil) return identities.map(() => NOTHING);
    try {
      const current = await currentEpoch();
      const byCampaign = Map.groupBy(identities.keys(), (i) => identities[i]?.campaignId ?? '');
      const states: CachedState[] = identities.map(() => NOTHING);
      await Promise.all(
        [...byCampaign].map(async ([campaignId, places]) => {
          const users = places.map((i) => identities[i]?.userId ?? '');
          const { soldOut, winners } = await cache.read(current, campaignId, users);
          places.forEach((place, nth) => {
            states[place] = { winner: winners[nth] ?? null, soldOut };
          });
        }),
      );
      return states;
    } catch (error) {
      skipUntil = now() + SKIP_MS;
      log.throttled('cached-state', 'cache-not-read', {
        error: messageOf(error),
      });
      return identities.map(() => NOTHING);
    }
  };
}
