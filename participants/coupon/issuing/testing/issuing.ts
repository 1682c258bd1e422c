/** For tests of the issuer: its tables and its Redis, issuers on them, and their published messages. */
import { Redis } from 'ioredis';
import type { CouponFailed, CouponIssued } from '#participants/coupon/events.ts';
import { redisOptionsAt } from '#platform/connections/redis-settings.ts';
import type { Database } from '#platform/postgres/database.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { Published } from '#runtime/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { type Cache, cacheIn } from '../cache.ts';
import { handleCouponRequests, type IssuerParts } from '../issuer.ts';
import { issuerStore, sqlIssuingUnitOfWork } from '../sql-issuer-store.ts';
import { campaignStore, couponReads } from '../sql-store.ts';
import type { CampaignStore, NewCampaign } from '../store.ts';
import { newCampaign, REQUEST_PARTITIONS } from './requests.ts';

/** A Redis database that only these tests use, for they empty it. */
const REDIS_DATABASE = 7;

export interface Issuing {
  readonly test: TestDatabase;
  readonly redis: Redis;
  readonly cache: Cache;
  readonly campaigns: CampaignStore;
  /** Makes a campaign; its id. */
  campaign(total: number, changes?: Partial<NewCampaign>): Promise<string>;
  /** Resets the checkpoints and empties Redis, for a new log. */
  restart(): Promise<void>;
  /** The campaign's issued count, and the number of its coupons' rows. */
  counts(campaignId: string): Promise<{ issued: number; rows: number }>;
  close(): Promise<void>;
}

export async function openIssuing(): Promise<Issuing> {
  const test = await openTestDatabase();
  const url = process.env.REDIS_URL ?? (await stackUp({ name: 'test' })).redis;
  const redis = new Redis({ ...redisOptionsAt(url), db: REDIS_DATABASE, maxRetriesPerRequest: 0 });
  const campaigns = campaignStore(test.db, openPrisma(test.db));
  return {
    test,
    redis,
    cache: cacheIn(redis),
    campaigns,
    async campaign(total, changes) {
      const campaign = newCampaign(total, changes);
      await campaigns.create(campaign, null);
      return campaign.id;
    },
    async restart() {
      await redis.flushdb();
      await test.db.execute('DELETE FROM coupon.checkpoints');
      await issuerStore(test.db).addCheckpoints(Array.from({ length: REQUEST_PARTITIONS }, (_, i) => i));
    },
    async counts(campaignId) {
      const [campaign] = await couponReads(test.db).campaigns([campaignId]);
      const [row] = await test.db.query<{ rows: number }>(
        'SELECT count(*)::int AS rows FROM coupon.coupons WHERE campaign_id = $1::uuid',
        campaignId,
      );
      return { issued: campaign?.issued ?? -1, rows: row?.rows ?? -1 };
    },
    async close() {
      redis.disconnect();
      await test.close();
    },
  };
}

/** An issuer as its process runs it. */
export class TestIssuer {
  readonly out = new Published();
  readonly begun = new Map<number, number>();
  private readonly parts: IssuerParts;

  constructor({ cache }: Pick<Issuing, 'cache'>, db: Database, changes: Partial<IssuerParts> = {}) {
    this.parts = {
      unitOfWork: sqlIssuingUnitOfWork(db),
      cache,
      publisher: this.out,
      begun: this.begun,
      logs: new Map(),
      highest: new Map(),
      log: silent,
      now: () => Date.now(),
      newId: uuidv7,
      ...changes,
    };
  }

  /** Handles a batch, and resolves when its results are published. */
  async handle(records: readonly InRecord[]): Promise<void> {
    const { published } = await handleCouponRequests(this.parts, records);
    await published;
  }

  /** The answer to each request, in order: `issued` or the reason of the failure. */
  answers(): string[] {
    return this.results().map((data) => ('reason' in data ? data.reason : 'issued'));
  }

  results(): Array<CouponIssued | CouponFailed> {
    return this.values('coupon-issued', 'coupon-failed').map((text) => JSON.parse(text).data);
  }

  /** The published texts of some topics, in order. */
  values(...topics: string[]): string[] {
    return this.out.messages.flatMap(({ topic, value }) => (topics.includes(topic) ? String(value) : []));
  }
}
