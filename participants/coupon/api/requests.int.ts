/** A request on the real stack: the brokers accept it, the issuer decides it, its address shows the result. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import {
  madeCampaign,
  NO_REDIS,
  openWorld,
  requested,
  type TestCouponApi,
  type World,
} from './testing/world.ts';

describe('a request for a coupon', () => {
  let world: World;
  let api: TestCouponApi;
  before(async () => {
    world = await openWorld();
    api = await world.api();
  });
  after(() => world?.close());

  const read = async (id: string, subject?: string) => {
    const as = subject === undefined ? {} : ({ as: 'customer', subject } as const);
    return (await api.request(`/v1/coupon-requests/${id}`, as)).body;
  };

  it('is accepted with its address, is pending, and then issued', async () => {
    const campaign = await madeCampaign(api);
    const { status, body, headers } = await api.request(`/v1/campaigns/${campaign}/requests`, {
      as: 'customer',
      subject: 'ada',
      body: { userId: 'ada' },
    });
    const requestId = String(body.requestId);
    expect(status).to.equal(202);
    expect(body).to.deep.equal({
      requestId,
      status: 'pending',
      links: { self: `/v1/coupon-requests/${requestId}`, results: '/v1/coupon-results' },
    });
    expect(headers.get('location')).to.equal(`/v1/coupon-requests/${requestId}`);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(await read(requestId, 'ada')).to.include({
      status: 'pending',
      userId: 'ada',
      campaignId: campaign,
    });

    await world.decide(1);
    const issued = await read(requestId, 'ada');
    expect(issued).to.include({ status: 'issued', requestId });
    expect(issued.couponId).to.match(/^[0-9a-f-]{36}$/);
    const { body: after } = await api.request(`/v1/campaigns/${campaign}`);
    expect(after).to.include({ status: 'open', total: 10, issued: 1, left: 9 });
  });

  it('stores the brokers’ position and time', async () => {
    const campaign = await madeCampaign(api);
    await requested(api, campaign, 'ada');
    const [record] = await waitUntil(
      () => [...world.undecided],
      (all) => all.length === 1,
    );
    await world.decide(1);
    const [row] = await world.test.db.query<{ offset: number; at: Date }>(
      `SELECT request_offset::int AS "offset", accepted_at AS at FROM coupon.coupons WHERE campaign_id = $1::uuid`,
      campaign,
    );
    expect(row).to.deep.equal({ offset: record?.offset, at: new Date(record?.timestamp ?? 0) });
  });

  it('is a duplicate, with a link to the first, when its user has a coupon', async () => {
    const campaign = await madeCampaign(api);
    const [first, second] = [await requested(api, campaign, 'bob'), await requested(api, campaign, 'bob')];
    await world.decide(2);
    expect(await read(first, 'bob')).to.include({ status: 'issued' });
    const duplicate = await read(second, 'bob');
    expect(duplicate).to.include({ status: 'failed', reason: 'duplicate', firstRequestId: first });
    expect(duplicate.links).to.include({ first: `/v1/coupon-requests/${first}` });
    // From now on the cache holds the winner, and the API publishes nothing.
    const third = await requested(api, campaign, 'bob');
    expect(await read(third, 'bob')).to.include({
      status: 'failed',
      reason: 'duplicate',
      firstRequestId: first,
    });
    expect(world.undecided).to.have.length(0);
  });

  it('is sold out when no coupon is left, decided by the issuer or read from the cache', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const [won, lost] = [await requested(api, campaign, 'ada'), await requested(api, campaign, 'bob')];
    await world.decide(2);
    const outcomes = [await read(won), await read(lost)];
    expect(outcomes.map(({ status }) => status)).to.have.members(['issued', 'failed']);
    const late = await requested(api, campaign, 'carl');
    expect(await read(late, 'carl')).to.include({ status: 'failed', reason: 'sold-out' });
    expect(world.undecided).to.have.length(0);
    expect((await api.request(`/v1/campaigns/${campaign}`)).body).to.include({ status: 'sold-out', left: 0 });
  });

  it('gets the same result under the same Idempotency-Key, before its decision and after', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const ids = [
      await requested(api, campaign, 'ada', 'once'),
      await requested(api, campaign, 'ada', 'once'),
    ];
    await world.decide(2);
    ids.push(await requested(api, campaign, 'ada', 'once'));
    const outcomes = await Promise.all(ids.map((id) => read(id, 'ada')));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['issued', 'issued', 'issued']);
    expect(new Set(outcomes.map(({ couponId }) => couponId)).size).to.equal(1);
    expect(ids[2]).to.equal(ids[0]);
    expect(world.undecided).to.have.length(0);
    const other = await requested(api, campaign, 'ada', 'another');
    expect(await read(other)).to.include({ reason: 'duplicate', firstRequestId: ids[0] });
  });

  it('fails as not-open before the start, and after the campaign closed', async () => {
    const soon = await madeCampaign(api, { startsAt: '2099-01-01T00:00:00Z' });
    const closed = await madeCampaign(api);
    expect((await api.request(`/v1/campaigns/${closed}/close`, { method: 'POST' })).body).to.include({
      status: 'closed',
    });
    const ids = [await requested(api, soon, 'ada'), await requested(api, closed, 'ada')];
    await world.decide(2);
    for (const id of ids) expect(await read(id)).to.include({ status: 'failed', reason: 'not-open' });
  });

  it('is shown to its owner, backends and operators, and hidden from other customers', async () => {
    const id = await requested(api, await madeCampaign(api), 'ada');
    await world.decide(1);
    for (const as of ['service', 'viewer', 'operator', 'admin'] as const) {
      expect((await api.request(`/v1/coupon-requests/${id}`, { as })).status, as).to.equal(200);
    }
    expect(await read(id, 'eve')).to.include({ status: 404 });
  });

  it('goes to the issuer when Redis is down', async () => {
    const alone = await world.api({}, NO_REDIS);
    const campaign = await madeCampaign(alone, { total: 1 });
    const first = await requested(alone, campaign, 'ada');
    await world.decide(1);
    const second = await requested(alone, campaign, 'bob');
    expect(await read(second)).to.include({ status: 'pending' });
    await world.decide(1);
    expect(await read(first)).to.include({ status: 'issued' });
    expect(await read(second)).to.include({ status: 'failed', reason: 'sold-out' });
    const ticket = await alone.request('/v1/coupon-results/tickets', { method: 'POST' });
    expect(ticket.status).to.equal(201);
    await alone.close();
  });

  it('gets 429 when its user sends too many requests', async () => {
    const tight = await world.api({ COUPON_USER_PER_SECOND: 1, COUPON_USER_BURST: 2 });
    const campaign = await madeCampaign(tight);
    const send = (as: 'customer' | 'service') =>
      tight.request(`/v1/campaigns/${campaign}/requests`, { as, subject: 'ada', body: { userId: 'ada' } });
    const answers = [await send('customer'), await send('customer'), await send('customer')];
    expect(answers.map(({ status }) => status)).to.deep.equal([202, 202, 429]);
    expect(answers[2]?.headers.get('retry-after')).to.equal('1');
    expect((await send('service')).status).to.equal(202);
    await world.decide(3);
    await tight.close();
  });

  it('gets 503 with retry-after when the queue is full', async () => {
    const narrow = await world.api({
      COUPON_UNACKNOWLEDGED_MAX: 1,
      COUPON_GROUP_MAX: 1,
      COUPON_QUEUE_MAX: 1,
    });
    const campaign = await madeCampaign(narrow);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        narrow.request(`/v1/campaigns/${campaign}/requests`, { body: { userId: `user-${i}` } }),
      ),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].toSorted()).to.deep.equal([202, 503]);
    const refused = answers.find(({ status }) => status === 503);
    expect(Number(refused?.headers.get('retry-after'))).to.be.within(1, 3);
    await world.decide(answers.filter(({ status }) => status === 202).length);
    await narrow.close();
  });
});
