/** Queries of a run on PostgreSQL and Redis: the holders of coupons, and whether Redis is ever ahead. */
import { Redis } from 'ioredis';
import pg from 'pg';
import { cacheIn } from '#participants/coupon/issuing/cache.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { redisOptionsAt } from '#platform/connections/redis-settings.ts';
import type { CampaignRows } from './judge-coupons.ts';

const CHECK_EVERY_MS = 1_000;

export interface CouponChecks {
  /** Coupons of all campaigns. */
  couponsBefore(): Promise<number>;
  rows(campaignId: string): Promise<CampaignRows>;
  /** Compares the counts of a campaign now. @returns a sentence where Redis is ahead of PostgreSQL, else null */
  compare(campaignId: string): Promise<string | null>;
  /** Compares every second until `end` or `close`. @returns the first contradiction */
  watch(campaignId: string): { end(): Promise<string | null> };
  close(): Promise<void>;
}

/** Connects to both. */
export async function openCouponChecks(urls: {
  databaseUrl: string;
  redisUrl: string;
}): Promise<CouponChecks> {
  const client = new pg.Client({ ...connectionTo(urls.databaseUrl), application_name: 'bench' });
  // The next query reports a broken connection; without a listener the event would end the process.
  client.on('error', () => {});
  await client.connect();
  const redis = new Redis({ ...redisOptionsAt(urls.redisUrl), maxRetriesPerRequest: 1 });
  redis.on('error', () => {});
  const cache = cacheIn(redis);
  const one = async <T>(text: string, ...values: unknown[]) => {
    const { rows } = await client.query<T & pg.QueryResultRow>(text, values);
    if (rows[0] === undefined) throw new Error(`no row: ${text}`);
    return rows[0];
  };
  const campaign = (id: string) =>
    one<{ total: number; issued: number }>(
      'SELECT total, issued FROM coupon.campaigns WHERE id = $1::uuid',
      id,
    );

  const compare = async (id: string) => {
    const { value: epoch } = await one<{ value: string }>('SELECT value FROM coupon.epoch');
    // Reads Redis first: PostgreSQL's count only rises, so it must have reached Redis's by then.
    const { left } = await cache.read(epoch, id, []);
    const { total, issued } = await campaign(id);
    if (left === null || total - left <= issued) return null;
    return `Redis said ${total - left} issued when PostgreSQL had ${issued}`;
  };

  let timer: NodeJS.Timeout | undefined;
  return {
    couponsBefore: async () =>
      Number((await one<{ n: string }>('SELECT count(*) AS n FROM coupon.coupons')).n),

    async rows(id) {
      const { total, issued } = await campaign(id);
      const { rows: coupons } = await client.query<{ id: string; userId: string }>(
        'SELECT id::text, user_id AS "userId" FROM coupon.coupons WHERE campaign_id = $1::uuid',
        [id],
      );
      return { id, total, issued, coupons };
    },

    compare,

    watch(id) {
      let found: string | null = null;
      let checking = Promise.resolve();
      timer = setInterval(() => {
        checking = checking.then(async () => {
          found ??= await compare(id).catch((error) => `the counts could not be compared: ${error}`);
        });
      }, CHECK_EVERY_MS);
      return {
        async end() {
          clearInterval(timer);
          await checking;
          return found ?? compare(id);
        },
      };
    },

    async close() {
      clearInterval(timer);
      redis.disconnect();
      await client.end();
    },
  };
}
