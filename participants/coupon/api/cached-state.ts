/** What Redis remembers of those who ask, for a group of requests at once. It only saves work: without it, all is identities of the issuer. */

import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { Cache, Winner } from '../issuing/cache.ts';
import type { CouponReads } from '../issuing/store.ts';
import type { RequestIdentity } from './request-id.ts';

/** The epoch's copy is no older: the bound the restore command waits for. */
const EPOCH_MS = 1_000;
/** After Redis did not answer it is left alone for so long, rather than waited for by every group. */
const REST_MS = 500;

/** Nothing is remembered: let the issuer decide. */
const NOTHING = { winner: null, soldOut: false };

export interface CachedState {
  /** The user's winning request in the campaign. */
  readonly winner: Winner | null;
  /** Certain only of a user who has no winner. */
  readonly soldOut: boolean;
}

/** What is remembered of some who ask, in their order. Never rejects. */
export type ReadCachedState = (identities: readonly RequestIdentity[]) => Promise<CachedState[]>;

/** Reads from Redis, under the epoch that PostgreSQL says is ours. */
export function cachedStateReader(
  cache: Pick<Cache, 'read'>,
  reads: Pick<CouponReads, 'epoch'>,
  log: Logger,
  now: () => number,
): ReadCachedState {
  let epoch = '';
  let epochUntil = Number.NEGATIVE_INFINITY;
  let restsUntil = Number.NEGATIVE_INFINITY;

  const currentEpoch = async () => {
    const requestedAt = now();
    if (requestedAt < epochUntil) return epoch;
    epoch = await reads.epoch();
    // From when it was identities for, not from when the answer came.
    epochUntil = requestedAt + EPOCH_MS;
    return epoch;
  };

  return async (identities) => {
    if (now() < restsUntil) return identities.map(() => NOTHING);
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
      restsUntil = now() + REST_MS;
      log.throttled('remembered', 'what Redis remembers could not be read, going on without', {
        error: messageOf(error),
      });
      return identities.map(() => NOTHING);
    }
  };
}
