/**
 * What Redis remembers of the coupons (S12, S14): how many of a campaign are issued, and who has one.
 *
 * Committed cache only, written after the commit. A missing key means: ask PostgreSQL. A campaign's keys share a hash
 * tag and bear the epoch, a random value that is renewed when the database went back in time.
 */
import type { Redis } from 'ioredis';
import { redisScript } from './redis-script.ts';
import type { Coupon } from './store.ts';

/** Untouched for so long, a campaign is forgotten; a live one is written again every half minute. */
const KEPT_S = 86_400;
/** Winners or users in one call: a script holds Redis up while it runs, 1.8 µs each. */
const MAX_IN_ONE_CALL = 1_000;

/** The request that won a user's coupon. */
export interface Winner {
  readonly requestId: string;
  readonly partition: number;
  readonly offset: number;
  /** The broker's clock, ms since 1970. */
  readonly acceptedAtMs: number;
}

/** Who has a coupon, as it is remembered. */
export function winnerOf(coupon: Coupon): Winner & { userId: string } {
  const { userId, requestId, partition, offset, acceptedAt } = coupon;
  return { userId, requestId, partition, offset, acceptedAtMs: acceptedAt.getTime() };
}

/** What is remembered of one campaign and some of its users. */
export interface CampaignCache {
  /** null: nothing is remembered. */
  readonly left: number | null;
  /**
   * Whether every coupon is issued and all who have one are remembered. Only then is it certain of a user without a
   * winner that nothing is to be had; false otherwise, which says nothing.
   */
  readonly soldOut: boolean;
  /** The users' winning requests, in their order; null: none is remembered. */
  readonly winners: ReadonlyArray<Winner | null>;
}

/** What was committed: how many of a campaign are issued, and some of who has one. */
export interface CommittedState {
  readonly campaignId: string;
  readonly issued: number;
  readonly total: number;
  readonly winners: ReadonlyArray<Winner & { readonly userId: string }>;
}

/** Redis’s memory of the coupons. Both reject when Redis does not answer: whoever asks goes on without. */
export interface Cache {
  /** One round trip a campaign, whatever the number of users. */
  read(epoch: string, campaignId: string, userIds: readonly string[]): Promise<CampaignCache>;
  /**
   * Remembers what was committed; again, or late, it changes nothing.
   * @returns how many winners of the campaign are remembered now
   */
  write(epoch: string, cache: CommittedState): Promise<number>;
}

/** How many are issued only rises; a winner is for ever. So no order and no repetition can spoil what is there. */
const WRITE = redisScript(`
  local known = tonumber(redis.call('HGET', KEYS[1], 'issued') or '-1')
  if tonumber(ARGV[1]) >= known then redis.call('HSET', KEYS[1], 'issued', ARGV[1], 'total', ARGV[2]) end
  for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
  return redis.call('HLEN', KEYS[2])`);

/** Read in one script, so that what is said of the whole and of each user is of one moment. */
const READ = redisScript(`
  local state = redis.call('HMGET', KEYS[1], 'issued', 'total')
  local winners = {}
  if #ARGV > 0 then winners = redis.call('HMGET', KEYS[2], unpack(ARGV)) end
  return { state[1], state[2], redis.call('HLEN', KEYS[2]), winners }`);

/** Cache in a Redis. */
export function cacheIn(redis: Pick<Redis, 'evalsha' | 'eval'>): Cache {
  return {
    async read(epoch, campaignId, userIds) {
      const parts: CampaignCache[] = [];
      for (const users of chunks(userIds))
        parts.push(eventsOf(await READ(redis, keysOf(epoch, campaignId), users), users.length));
      const last = parts.at(-1);
      return {
        left: last?.left ?? null,
        // Of several moments the whole is only as certain as the least.
        soldOut: parts.every(({ soldOut }) => soldOut),
        winners: parts.flatMap(({ winners }) => winners),
      };
    },
    async write(epoch, { campaignId, issued, total, winners }) {
      const keys = keysOf(epoch, campaignId);
      let known = 0;
      for (const some of chunks(winners)) {
        const pairs = some.flatMap(({ userId, ...winner }) => [userId, textOf(winner)]);
        known = Number(await WRITE(redis, keys, [String(issued), String(total), String(KEPT_S), ...pairs]));
      }
      return known;
    },
  };
}

/** The two keys of a campaign: a hash of how many, a hash of who. */
function keysOf(epoch: string, campaignId: string): string[] {
  const base = `coupon:{${campaignId}}:${epoch}`;
  return [`${base}:state`, `${base}:winners`];
}

/** In pieces of a bounded size; nothing is one empty piece. */
function chunks<T>(all: readonly T[]): T[][] {
  const pieces: T[][] = [all.slice(0, MAX_IN_ONE_CALL)];
  for (let from = MAX_IN_ONE_CALL; from < all.length; from += MAX_IN_ONE_CALL)
    pieces.push(all.slice(from, from + MAX_IN_ONE_CALL));
  return pieces;
}

function eventsOf(reply: unknown, users: number): CampaignCache {
  const nothing = { left: null, soldOut: false, winners: Array.from({ length: users }, () => null) };
  if (!Array.isArray(reply)) return nothing;
  const [issuedText, totalText, remembered, found] = reply as unknown[];
  const winners = Array.isArray(found) ? found.map(readWinner) : nothing.winners;
  if (typeof issuedText !== 'string' || typeof totalText !== 'string') return { ...nothing, winners };
  const [issued, total] = [Number(issuedText), Number(totalText)];
  return { left: total - issued, soldOut: issued >= total && Number(remembered) >= issued, winners };
}

// The request's id comes last: it may hold anything.
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
