/** Requests that the brokers do not confirm in time: a 503 never wins, and a 504 has the address that shows the outcome. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { madeCampaign, openWorld, type TestCouponApi, type World } from './testing/world.ts';

describe('a request that the brokers do not confirm', () => {
  let world: World;
  let api: TestCouponApi;
  before(async () => {
    world = await openWorld();
    api = await world.api({ COUPON_UNACKNOWLEDGED_MAX: 2 });
  });
  after(() => world?.close());

  // Regression: it was answered 503, won nevertheless, and the next try was a duplicate of an address nobody had.
  it('is answered 504 with its address, which shows that it won; one that is answered 503 is never made', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const ask = (userId: string) =>
      api.request(`/v1/campaigns/${campaign}/requests`, {
        as: 'customer',
        subject: userId,
        body: { userId },
      });
    const read = async (id: string) =>
      (await api.request(`/v1/coupon-requests/${id}`, { as: 'customer', subject: 'ada' })).body;
    const release = world.holdRequests();
    let unknown: Awaited<ReturnType<typeof ask>>;
    let requestId: string;
    try {
      const pending = [ask('ada'), ask('bea')];
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await ask('carl')).status).to.equal(503);
      unknown = (await Promise.all(pending))[0] as typeof unknown;
      requestId = String(unknown.body.requestId);
      expect(unknown.status, JSON.stringify(unknown.body)).to.equal(504);
      expect(unknown.body.type).to.equal('urn:problem:order-saga:outcome-unknown');
      expect(unknown.body.links).to.deep.equal({ self: `/v1/coupon-requests/${requestId}` });
      expect(unknown.headers.get('location')).to.equal(`/v1/coupon-requests/${requestId}`);
      expect(await read(requestId)).to.include({ status: 'pending', userId: 'ada', campaignId: campaign });
    } finally {
      release();
    }
    await waitUntil(
      () => world.undecided.length,
      (count) => count === 2,
    );
    expect(world.undecided.map(({ key }) => key).toSorted()).to.deep.equal(['ada', 'bea']);
    await world.decide(2);
    const winners = await world.test.db.query<{ user: string }>(
      `SELECT user_id AS "user" FROM coupon.coupons WHERE campaign_id = $1::uuid`,
      campaign,
    );
    const outcome = await read(requestId);
    const adaWon = winners[0]?.user === 'ada';
    expect(outcome).to.include(
      adaWon ? { status: 'issued', requestId } : { status: 'failed', reason: 'sold-out' },
    );
    expect(winners).to.have.length(1);
  }).timeout(120_000);
});
