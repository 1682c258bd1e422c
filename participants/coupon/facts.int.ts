/** What Redis remembers, on a real Redis: nothing written twice, late or to a Redis that forgot can make it say something wrong. */
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { stackUp } from '../../scripts/stack/stack.ts';
import { type Facts, factsIn, type Winner } from './facts.ts';

const winner = (userId: string, offset = 1): Winner & { userId: string } => ({
  userId,
  requestId: `request of ${userId}\nwith anything in it`,
  partition: 3,
  offset,
  acceptedAtMs: 1_790_000_000_000,
});

describe('the facts in Redis', () => {
  let redis: Redis;
  let facts: Facts;
  let campaignId: string;
  const epoch = crypto.randomUUID();
  before(async () => {
    const url = process.env.REDIS_URL ?? (await stackUp({ name: 'test' })).redis;
    redis = new Redis(url, { maxRetriesPerRequest: 0 });
    facts = factsIn(redis);
  });
  beforeEach(() => {
    campaignId = crypto.randomUUID();
  });
  afterEach(() =>
    redis.del(`coupon:{${campaignId}}:${epoch}:state`, `coupon:{${campaignId}}:${epoch}:winners`),
  );
  after(() => redis.disconnect());

  const write = (issued: number, total: number, ...winners: Array<Winner & { userId: string }>) =>
    facts.write(epoch, { campaignId, issued, total, winners });
  const read = (...users: string[]) => facts.read(epoch, campaignId, users);

  it('are unknown until they are written', async () => {
    expect(await read('ada')).to.deep.equal({ left: null, soldOut: false, winners: [null] });
  });

  it('say how many are left and who has one', async () => {
    expect(await write(1, 2, winner('ada'))).to.equal(1);
    const { userId, ...ada } = winner('ada');
    expect(userId).to.equal('ada');
    expect(await read('bob', 'ada')).to.deep.equal({ left: 1, soldOut: false, winners: [null, ada] });
  });

  it('do not go back when a write comes late, nor change when it comes twice', async () => {
    await write(2, 2, winner('ada'), winner('bob'));
    await write(1, 2, winner('ada'));
    await write(2, 2, winner('ada'), winner('bob'));
    expect(await read()).to.deep.equal({ left: 0, soldOut: true, winners: [] });
  });

  it('call nothing sold out before all who have one are remembered: a winner would be told there is nothing', async () => {
    await write(2, 2, winner('ada'));
    expect(await read('bob')).to.deep.equal({ left: 0, soldOut: false, winners: [null] });
    await write(2, 2, winner('bob'));
    expect((await read('carl')).soldOut).to.equal(true);
  });

  it('are forgotten under another epoch', async () => {
    await write(2, 2, winner('ada'), winner('bob'));
    expect(await facts.read('another', campaignId, ['ada'])).to.deep.equal({
      left: null,
      soldOut: false,
      winners: [null],
    });
  });

  it('work on a Redis that has forgotten the scripts', async () => {
    await write(1, 5, winner('ada'));
    await redis.script('FLUSH');
    expect((await read('ada')).left).to.equal(4);
    await redis.script('FLUSH');
    expect(await write(2, 5, winner('bob'))).to.equal(2);
  });

  it('are read and written in pieces where there are many', async () => {
    const users = Array.from({ length: 2_500 }, (_, i) => `user ${i}`);
    expect(await write(2_500, 2_500, ...users.map((user, i) => winner(user, i)))).to.equal(2_500);
    const all = await read(...users);
    expect(all.soldOut).to.equal(true);
    expect(all.winners.map((one) => one?.offset)).to.deep.equal(users.map((_, i) => i));
  });

  it('are kept no longer than a day after the last write', async () => {
    await write(1, 5, winner('ada'));
    expect(await redis.ttl(`coupon:{${campaignId}}:${epoch}:winners`)).to.be.within(86_000, 86_400);
    expect(await redis.ttl(`coupon:{${campaignId}}:${epoch}:state`)).to.be.within(86_000, 86_400);
  });
});
