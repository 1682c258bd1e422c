/** Campaigns made and closed while PostgreSQL stalls or its answers are lost. */
import { expect } from 'chai';
import type { Answer } from '#platform/http/testing/client.ts';
import { type LossyProxy, openLossyProxy } from '#platform/postgres/testing/lossy-proxy.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { CAMPAIGN, madeCampaign, openWorld, type TestCouponApi, type World } from './testing/world.ts';

/** Longer than any statement of the API may take. */
const SETTLED_MS = 6_000;

describe('a campaign and a database that stalls', function () {
  this.timeout(90_000);
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
  const whileLocked = (request: () => Promise<Answer>): Promise<Answer> =>
    world.test.db.transaction(async (sql) => {
      await sql.execute('LOCK TABLE coupon.campaigns IN SHARE ROW EXCLUSIVE MODE');
      let isOver = false;
      const answer = request().finally(() => {
        isOver = true;
      });
      while (!isOver) await sql.query('SELECT pg_sleep(0.1)::text');
      return answer;
    });
  const deafTo = async (text: string, request: () => Promise<Answer>): Promise<Answer> => {
    proxy.loseAnswersTo(text);
    return request().finally(() => proxy.loseAnswersTo(null));
  };
  const expectUnknown = ({ status, body, headers }: Answer, self: string) => {
    expect(status, JSON.stringify(body)).to.equal(504);
    expect(body.type).to.equal('urn:problem:order-saga:outcome-unknown');
    expect(body.links).to.deep.equal({ self });
    expect(headers.get('location')).to.equal(self);
  };

  it('is never made where the answer was 503; its repeats make one', async () => {
    const answer = await whileLocked(() => make('locked'));
    expect(answer.status, JSON.stringify(answer.body)).to.equal(503);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
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
    const answer = await whileLocked(() => close(id));
    expect(answer.status, JSON.stringify(answer.body)).to.equal(503);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
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
