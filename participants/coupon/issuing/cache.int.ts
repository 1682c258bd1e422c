/** The cache on a real Redis: repeated and late writes, and a Redis that was emptied, never make it wrong. */
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { redisOptionsAt } from '#platform/connections/redis-settings.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { type Cache, cacheIn, type Winner } from './cache.ts';
import { cacheContract, winner } from './testing/cache.contract.ts';

const openRedis = async () =>
  new Redis({
    ...redisOptionsAt(process.env.REDIS_URL ?? (await stackUp({ name: 'test' })).redis),
    maxRetriesPerRequest: 0,
  });

cacheContract('in Redis', async () => {
  const redis = await openRedis();
  return { cache: cacheIn(redis), close: () => redis.disconnect() };
});

describe('the cache in Redis', () => {
  let redis: Redis;
  let cache: Cache;
  let campaignId: string;
  const epoch = crypto.randomUUID();
  before(async () => {
    redis = await openRedis();
    cache = cacheIn(redis);
  });
  beforeEach(() => {
    campaignId = crypto.randomUUID();
  });
  afterEach(() =>
    redis.del(`coupon:{${campaignId}}:${epoch}:state`, `coupon:{${campaignId}}:${epoch}:winners`),
  );
  after(() => redis.disconnect());

  const write = (issued: number, total: number, ...winners: Array<Winner & { userId: string }>) =>
    cache.write(epoch, { campaignId, issued, total, winners });
  const read = (...users: string[]) => cache.read(epoch, campaignId, users);

  it('runs on a Redis whose scripts were flushed', async () => {
    await write(1, 5, winner('ada'));
    await redis.script('FLUSH');
    expect((await read('ada')).left).to.equal(4);
    await redis.script('FLUSH');
    expect(await write(2, 5, winner('bob'))).to.equal(2);
  });

  it('reads and writes many users in chunks', async () => {
    const users = Array.from({ length: 2_500 }, (_, i) => `user ${i}`);
    expect(await write(2_500, 2_500, ...users.map((user, i) => winner(user, i)))).to.equal(2_500);
    const all = await read(...users);
    expect(all.soldOut).to.equal(true);
    expect(all.winners.map((one) => one?.offset)).to.deep.equal(users.map((_, i) => i));
  });

  it('expires a day after the last write', async () => {
    await write(1, 5, winner('ada'));
    expect(await redis.ttl(`coupon:{${campaignId}}:${epoch}:winners`)).to.be.within(86_000, 86_400);
    expect(await redis.ttl(`coupon:{${campaignId}}:${epoch}:state`)).to.be.within(86_000, 86_400);
  });
});
