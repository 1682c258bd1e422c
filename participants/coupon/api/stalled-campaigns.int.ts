/** Campaigns made and closed while PostgreSQL stalls or its answers are lost. */
import { expect } from 'chai';
import type { Answer } from '#platform/http/testing/client.ts';
import { expectUnknown, settled, whileLocked, withoutAnswerTo } from '#platform/http/testing/stalled.ts';
import { type LossyProxy, openLossyProxy } from '#platform/postgres/testing/lossy-proxy.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { CAMPAIGN, madeCampaign, openWorld, type TestCouponApi, type World } from './testing/world.ts';

describe('a campaign and a database that stalls', () => {
  let world: World;
  let proxy: LossyProxy;
  let api: TestCouponApi;
  before(async () => {
    world = await openWorld();
    proxy = await openLossyProxy(world.test.url);
    api = await world.api({}, world.redisUrl, proxy.url);
  });
  after(async () => {
    await world?.close();
    await proxy?.close();
  });

  const make = (key: string) =>
    api.request('/v1/campaigns', { body: { ...CAMPAIGN, name: key }, headers: { 'idempotency-key': key } });
  const close = (id: string) => api.request(`/v1/campaigns/${id}/close`, { method: 'POST' });
  const statusOf = async (id: string) => (await api.request(`/v1/campaigns/${id}`)).body.status;
  const made = async (name: string) =>
    (await world.test.db.query('SELECT 1 FROM coupon.campaigns WHERE name = $1', name)).length;
  const locked = (request: () => Promise<Answer>) => whileLocked(world.test.db, 'coupon.campaigns', request);
  const deafTo = (text: string, request: () => Promise<Answer>) => withoutAnswerTo(proxy, text, request);

  it('is never made where the answer was 503; its repeats make one', async () => {
    const answer = await locked(() => make('locked'));
    expect(answer.status, JSON.stringify(answer.body)).to.equal(503);
    await settled();
    expect(await made('locked')).to.equal(0);
    const [one, other] = [await make('locked'), await make('locked')];
    expect([one.status, other.status, one.body.id]).to.deep.equal([201, 201, other.body.id]);
    expect(await made('locked')).to.equal(1);
  });

  it('is found at the address of a 504; a repeat under its key is the same one', async () => {
    const answer = await deafTo('unconfirmed', () => make('unconfirmed'));
    const self = `/v1/campaigns/${String(answer.body.campaignId)}`;
    expectUnknown(answer, self);
    await waitUntil(
      () => api.request(self),
      ({ status }) => status === 200,
    );
    const again = await make('unconfirmed');
    expect([again.status, again.headers.get('location')]).to.deep.equal([201, self]);
    expect(await made('unconfirmed')).to.equal(1);
  });

  it('is never closed where the answer was 503', async () => {
    const id = await madeCampaign(api);
    const answer = await locked(() => close(id));
    expect(answer.status, JSON.stringify(answer.body)).to.equal(503);
    await settled();
    expect(await statusOf(id)).to.equal('open');
  });

  // Regression: the answer had no address.
  it('shows at the address of a 504 that it was closed', async () => {
    const id = await madeCampaign(api);
    expectUnknown(await deafTo('COMMIT', () => close(id)), `/v1/campaigns/${id}`);
    await waitUntil(
      () => statusOf(id),
      (status) => status === 'closed',
    );
    expect((await close(id)).status).to.equal(200);
  });
});
