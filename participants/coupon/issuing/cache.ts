/**
 * The coupons' cache in Redis: how many coupons of a campaign are issued, and which request won each user's.
 *
 * It holds committed state only, written after the commit. Where a key is missing, PostgreSQL decides. A campaign's keys
 * share a hash tag and bear the epoch, a random value that the issuer renews when the database went back in time.
 */
import type { Redis } from 'ioredis';
import { offsetInLog } from '#platform/kafka/log-sequence.ts';
import { redisScript } from './redis-script.ts';
import type { Coupon } from './store.ts';

/** A campaign's keys expire so long after the last write; the refresh writes a live campaign every half minute. */
const KEPT_S = 86_400;
/** Winners or users in one call: a script blocks Redis while it runs, 1.8 µs each. */
const MAX_IN_ONE_CALL = 1_000;

/** The request that won a user's coupon. */
export interface Winner {
  readonly requestId: string;
  readonly partition: number;
  readonly offset: number;
  /** The broker's clock, ms since 1970. */
  readonly acceptedAtMs: number;
}

/** A coupon as the cache holds it. */
export function winnerOf(coupon: Coupon): Winner & { userId: string } {
  const { userId, requestId, partition, offset, acceptedAt } = coupon;
  return { userId, requestId, partition, offset: offsetInLog(offset), acceptedAtMs: acceptedAt.getTime() };
}

/** The cached state of one campaign and some of its users. */
export interface CachedCampaign {
  /** null: the campaign is not cached. */
  readonly left: number | null;
  /**
   * Whether every coupon is issued and the cache holds all winners. Only then is it certain that a user without a winner
   * gets no coupon; false means nothing.
   */
  readonly soldOut: boolean;
  /** The users' winning requests, in the order of the users; null: none is cached. */
  readonly winners: ReadonlyArray<Winner | null>;
}

/** Committed state of a campaign: its issued count, and some of its winners. */
export interface CommittedState {
  readonly campaignId: string;
  readonly issued: number;
  readonly total: number;
  readonly winners: ReadonlyArray<Winner & { readonly userId: string }>;
}

/** The cache. Both verbs reject when Redis does not answer; callers go on without it. */
export interface Cache {
  /** One round trip a campaign, whatever the number of users. */
  read(epoch: string, campaignId: string, userIds: readonly string[]): Promise<CachedCampaign>;
  /**
   * Adds committed state; a repeated or late write changes nothing.
   * @returns the number of the campaign's winners in the cache
   */
  write(epoch: string, state: CommittedState): Promise<number>;
}

/** The issued count only rises and a winner never changes, so writes may come in any order and repeatedly. */
const WRITE = redisScript(`
  local known = tonumber(redis.call('HGET', KEYS[1], 'issued') or '-1')
  if tonumber(ARGV[1]) >= known then redis.call('HSET', KEYS[1], 'issued', ARGV[1], 'total', ARGV[2]) end
  for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
  return redis.call('HLEN', KEYS[2])`);

/** Reads in one script, so that the counts and the winners are of one moment. */
const READ = redisScript(`
  local state = redis.call('HMGET', KEYS[1], 'issued', 'total')
  local winners = {}
  if #ARGV > 0 then winners = redis.call('HMGET', KEYS[2], unpack(ARGV)) end
  return { state[1], state[2], redis.call('HLEN', KEYS[2]), winners }`);

/** The cache in a Redis. */
export function cacheIn(redis: Pick<Redis, 'evalsha' | 'eval'>): Cache {
  return {
    async read(epoch, campaignId, userIds) {
      const parts: CachedCampaign[] = [];
      for (const users of chunks(userIds))
        parts.push(cachedCampaignOf(await READ(redis, keysOf(epoch, campaignId), users), users.length));
      const last = parts.at(-1);
      return {
        left: last?.left ?? null,
        // The chunks are of several moments: sold out only if each of them was.
        soldOut: parts.every(({ soldOut }) => soldOut),
        winners: parts.flatMap(({ winners }) => winners),
      };
    },
    async write(epoch, { campaignId, issued, total, winners }) {
      const keys = keysOf(epoch, campaignId);
      let cached = 0;
      for (const some of chunks(winners)) {
        const pairs = some.flatMap(({ userId, ...winner }) => [userId, textOf(winner)]);
        cached = Number(await WRITE(redis, keys, [String(issued), String(total), String(KEPT_S), ...pairs]));
      }
      return cached;
    },
  };
}

/** The two keys of a campaign: a hash of its counts, a hash of its winners. */
function keysOf(epoch: string, campaignId: string): string[] {
  const base = `coupon:{${campaignId}}:${epoch}`;
  return [`${base}:state`, `${base}:winners`];
}

/** Splits into chunks of a bounded size; an empty list is one empty chunk. */
function chunks<T>(all: readonly T[]): T[][] {
  const pieces: T[][] = [all.slice(0, MAX_IN_ONE_CALL)];
  for (let from = MAX_IN_ONE_CALL; from < all.length; from += MAX_IN_ONE_CALL)
    pieces.push(all.slice(from, from + MAX_IN_ONE_CALL));
  return pieces;
}

function cachedCampaignOf(reply: unknown, users: number): CachedCampaign {
  const nothing = { left: null, soldOut: false, winners: Array.from({ length: users }, () => null) };
  if (!Array.isArray(reply)) return nothing;
  const [issuedText, totalText, cachedWinners, found] = reply as unknown[];
  const winners = Array.isArray(found) ? found.map(readWinner) : nothing.winners;
  if (typeof issuedText !== 'string' || typeof totalText !== 'string') return { ...nothing, winners };
  const [issued, total] = [Number(issuedText), Number(totalText)];
  return { left: total - issued, soldOut: issued >= total && Number(cachedWinners) >= issued, winners };
}

// The request's id comes last, since it may hold any character.
function textOf({ requestId, partition, offset, acceptedAtMs }: Winner): string {
  return `${partition} ${offset} ${acceptedAtMs} ${requestId}`;
}

const WINNER = /^(\d+) (\d+) (\d+) (.+)$/s;

function readWinner(text: unknown): Winner | null {
  const match = typeof text === 'string' ? WINNER.exec(text) : null;
  if (match === null) return null;
  const [, partition, offset, acceptedAtMs, requestId = ''] = match;
  return {
    requestId,
    partition: Number(partition),
    offset: Number(offset),
    acceptedAtMs: Number(acceptedAtMs),
  };
}
