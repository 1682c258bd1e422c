/** A request on the real stack: accepted by the brokers, decided by the issuer, and what its address says then. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { asked, madeCampaign, openWorld, type TestCouponApi, type World } from './testing/world.ts';

describe('a request for a coupon', () => {
  let world: World;
  let api: TestCouponApi;
  before(async function () {
    this.timeout(90_000);
    world = await openWorld();
    api = await world.api();
  });
  after(() => world.close());

  const look = async (id: string, subject?: string) => {
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
    expect(await look(requestId, 'ada')).to.include({
      status: 'pending',
      userId: 'ada',
      campaignId: campaign,
    });

    await world.decide(1);
    const issued = await look(requestId, 'ada');
    expect(issued).to.include({ status: 'issued', requestId });
    expect(issued.couponId).to.match(/^[0-9a-f-]{36}$/);
    const { body: after } = await api.request(`/v1/campaigns/${campaign}`);
    expect(after).to.include({ status: 'open', total: 10, issued: 1, left: 9 });
  });

  it('holds the brokers’ place and time', async () => {
    const campaign = await madeCampaign(api);
    await asked(api, campaign, 'ada');
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
    const [first, second] = [await asked(api, campaign, 'bob'), await asked(api, campaign, 'bob')];
    await world.decide(2);
    expect(await look(first, 'bob')).to.include({ status: 'issued' });
    const duplicate = await look(second, 'bob');
    expect(duplicate).to.include({ status: 'failed', reason: 'duplicate', firstRequestId: first });
    expect(duplicate.links).to.include({ first: `/v1/coupon-requests/${first}` });
    // From now on the door knows, and nothing is sent to anybody.
    const third = await asked(api, campaign, 'bob');
    expect(await look(third, 'bob')).to.include({
      status: 'failed',
      reason: 'duplicate',
      firstRequestId: first,
    });
    expect(world.undecided).to.have.length(0);
  });

  it('is sold out when there is none left, decided by the issuer or known at the door', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const [won, lost] = [await asked(api, campaign, 'ada'), await asked(api, campaign, 'bob')];
    await world.decide(2);
    const outcomes = [await look(won), await look(lost)];
    expect(outcomes.map(({ status }) => status)).to.have.members(['issued', 'failed']);
    const late = await asked(api, campaign, 'carl');
    expect(await look(late, 'carl')).to.include({ status: 'failed', reason: 'sold-out' });
    expect(world.undecided).to.have.length(0);
    expect((await api.request(`/v1/campaigns/${campaign}`)).body).to.include({ status: 'sold-out', left: 0 });
  });

  it('gets the same answer under the same Idempotency-Key, before it is decided and after', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const ids = [await asked(api, campaign, 'ada', 'once'), await asked(api, campaign, 'ada', 'once')];
    await world.decide(2);
    ids.push(await asked(api, campaign, 'ada', 'once'));
    const outcomes = await Promise.all(ids.map((id) => look(id, 'ada')));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['issued', 'issued', 'issued']);
    expect(new Set(outcomes.map(({ couponId }) => couponId)).size).to.equal(1);
    expect(ids[2]).to.equal(ids[0]);
    expect(world.undecided).to.have.length(0);
    const other = await asked(api, campaign, 'ada', 'another');
    expect(await look(other)).to.include({ reason: 'duplicate', firstRequestId: ids[0] });
  });

  it('is not open before the start, nor after a campaign was closed', async () => {
    const soon = await madeCampaign(api, { startsAt: '2099-01-01T00:00:00Z' });
    const closed = await madeCampaign(api);
    expect((await api.request(`/v1/campaigns/${closed}/close`, { method: 'POST' })).body).to.include({
      status: 'closed',
    });
    const ids = [await asked(api, soon, 'ada'), await asked(api, closed, 'ada')];
    await world.decide(2);
    for (const id of ids) expect(await look(id)).to.include({ status: 'failed', reason: 'not-open' });
  });

  it('is shown to its owner, to backends and to those who run the system, and to nobody else', async () => {
    const id = await asked(api, await madeCampaign(api), 'ada');
    await world.decide(1);
    for (const as of ['service', 'viewer', 'operator', 'admin'] as const) {
      expect((await api.request(`/v1/coupon-requests/${id}`, { as })).status, as).to.equal(200);
    }
    expect(await look(id, 'eve')).to.include({ status: 404 });
  });

  it('waits for the issuer when Redis is away, and is decided all the same', async () => {
    const alone = await world.api({}, 'redis://127.0.0.1:1');
    const campaign = await madeCampaign(alone, { total: 1 });
    const first = await asked(alone, campaign, 'ada');
    await world.decide(1);
    const second = await asked(alone, campaign, 'bob');
    expect(await look(second)).to.include({ status: 'pending' });
    await world.decide(1);
    expect(await look(first)).to.include({ status: 'issued' });
    expect(await look(second)).to.include({ status: 'failed', reason: 'sold-out' });
    const ticket = await alone.request('/v1/coupon-results/tickets', { method: 'POST' });
    expect(ticket.status).to.equal(201);
    await alone.close();
  });

  it('is told to come again when its user, or its address, asks too often', async () => {
    const tight = await world.api({ COUPON_USER_PER_SECOND: 1, COUPON_USER_BURST: 2 });
    const campaign = await madeCampaign(tight);
    const ask = (as: 'customer' | 'service') =>
      tight.request(`/v1/campaigns/${campaign}/requests`, { as, subject: 'ada', body: { userId: 'ada' } });
    const answers = [await ask('customer'), await ask('customer'), await ask('customer')];
    expect(answers.map(({ status }) => status)).to.deep.equal([202, 202, 429]);
    expect(answers[2]?.headers.get('retry-after')).to.equal('1');
    expect((await ask('service')).status).to.equal(202);
    await world.decide(3);
    await tight.close();
  });

  it('is told to come again when too many wait', async () => {
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
