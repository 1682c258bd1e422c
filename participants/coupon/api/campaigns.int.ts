/** `POST /v1/campaigns` under an Idempotency-Key makes one campaign a maker and key, however often and concurrently it is sent. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { CAMPAIGN, openWorld, type TestCouponApi, type World } from './testing/world.ts';

describe('a campaign made under an Idempotency-Key', () => {
  let world: World;
  let api: TestCouponApi;
  before(async () => {
    world = await openWorld();
    api = await world.api();
  });
  after(() => world?.close());

  const make = (key: string, changes: object = {}, as: 'service' | 'operator' = 'service') =>
    api.request('/v1/campaigns', {
      as,
      body: { ...CAMPAIGN, ...changes },
      headers: { 'idempotency-key': key },
    });

  it('is made once, when the request is repeated or sent concurrently', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => make('opening')));
    answers.push(await make('opening'));
    expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).to.equal(1);
    const [row] = await world.test.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM coupon.campaigns WHERE idempotency_key = 'opening'`,
    );
    expect(row?.count).to.equal(1);
  });

  it('shows before it is made what it would be, makes nothing then, and keeps why it was made', async () => {
    const amount = { ...CAMPAIGN, discount: { kind: 'amount', value: 500, currency: 'EUR' } };
    const post = (body: object) => api.request('/v1/campaigns', { as: 'operator', body });
    const rows = async () =>
      (await world.test.db.query<{ n: number }>('SELECT count(*)::int AS n FROM coupon.campaigns'))[0]?.n;
    const before = await rows();
    const plan = await post({ ...amount, dryRun: true });
    expect(plan.status).to.equal(200);
    expect(plan.body).to.include({
      dryRun: true,
      total: CAMPAIGN.total,
      opens: true,
      worth: CAMPAIGN.total * 500,
    });
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await post({ ...CAMPAIGN, startsAt: later, dryRun: true })).body).to.include({
      opens: false,
      worth: null,
    });
    expect((await post({ ...CAMPAIGN, endsAt: '2020-01-01T00:00:00Z', dryRun: true })).status).to.equal(400);
    expect(await rows()).to.equal(before);
    const made = await post({ ...amount, reason: 'the autumn sale' });
    expect(made.status).to.equal(201);
    const [kept] = await world.test.db.query<{ by: string; why: string }>(
      'SELECT created_by AS by, create_reason AS why FROM coupon.campaigns WHERE id = $1::uuid',
      made.body.id,
    );
    expect(kept?.why).to.equal('the autumn sale');
    expect(kept?.by).to.match(/^operator:/);
  });

  it('shows before it closes how many coupons it withholds, and keeps who closed it and why', async () => {
    const { body: made } = await make('to-close');
    const close = (body?: object) =>
      api.request(`/v1/campaigns/${made.id}/close`, { method: 'POST', ...(body && { body }) });
    const { total } = made as { total: number };
    const plan = { dryRun: true, campaignId: made.id };
    expect((await close({ dryRun: true })).body).to.deep.include({
      ...plan,
      changes: true,
      withholds: total,
    });
    expect((await close({ reason: 'a wrong price' })).body).to.include({ status: 'closed' });
    expect((await close({ dryRun: true })).body).to.deep.include({ ...plan, changes: false, withholds: 0 });
    expect((await close()).body).to.include({ status: 'closed' });
    const [kept] = await world.test.db.query<{ by: string; reason: string }>(
      'SELECT closed_by AS by, close_reason AS reason FROM coupon.campaigns WHERE id = $1::uuid',
      made.id,
    );
    expect(kept).to.deep.equal({ by: 'service:some-service', reason: 'a wrong price' });
  });

  it('is made and closed as its plan said, or refused with the plan as it is now', async () => {
    const post = (path: string, body: object, headers = {}, as: 'operator' | 'service' = 'operator') =>
      api.request(path, { as, body, headers });
    const startsAt = new Date(Date.now() + 60_000).toISOString();
    const { body: plan } = await post('/v1/campaigns', { ...CAMPAIGN, startsAt, dryRun: true });
    const other = { ...CAMPAIGN, startsAt, total: CAMPAIGN.total + 1, planHash: plan.planHash };
    const refused = await post('/v1/campaigns', other);
    expect([refused.status, refused.body.type]).to.deep.equal([412, 'urn:problem:order-saga:plan-changed']);
    expect(refused.body.plan).to.deep.include({ dryRun: true, total: CAMPAIGN.total + 1 });
    const key = { 'idempotency-key': 'as-planned' };
    const asPlanned = { ...CAMPAIGN, startsAt, planHash: plan.planHash };
    const made = await post('/v1/campaigns', asPlanned, key);
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    expect((await post('/v1/campaigns', asPlanned, key)).body.id, 'the same again').to.equal(made.body.id);

    const path = `/v1/campaigns/${made.body.id}/close`;
    const { body: closing } = await post(path, { dryRun: true });
    const closed = await post(path, { planHash: closing.planHash });
    expect(closed.body).to.include({ status: 'closed' });
    expect((await post(path, { planHash: closing.planHash })).body, 'the same again').to.deep.equal(
      closed.body,
    );
    // Of another maker the plan is another one by now.
    const late = await post(path, { planHash: closing.planHash }, {}, 'service');
    expect(late.status).to.equal(412);
    expect(late.body.plan).to.deep.equal((await post(path, { dryRun: true })).body);
    expect(late.body.plan).to.include({ changes: false });
  });

  it('is answered in its present state: closed, if it was closed meanwhile', async () => {
    const { body } = await make('short');
    await api.request(`/v1/campaigns/${body.id}/close`, { method: 'POST' });
    expect((await make('short')).body).to.include({ id: body.id, status: 'closed' });
  });

  it('is answered to a repeat after its end, and refused to a new request', async () => {
    const endsAt = new Date(Date.now() + 1_500);
    const ended = { endsAt: endsAt.toISOString() };
    const { body } = await make('flash', ended);
    await waitUntil(
      () => Date.now(),
      (now) => now > endsAt.getTime(),
    );
    expect((await make('flash', ended)).body).to.include({ id: body.id, status: 'ended' });
    const late = await make('late', ended);
    expect([late.status, late.body.detail]).to.deep.equal([400, '/endsAt: must lie in the future']);
  });

  it('gets 422 when the request differs', async () => {
    const until = { validUntil: '2027-01-01T00:00:00Z' };
    expect((await make('sale', until)).status).to.equal(201);
    expect((await make('sale', { validUntil: '2027-01-01T01:00:00+01:00' })).status).to.equal(201);
    for (const other of [{}, { ...until, total: 11 }, { ...until, name: 'Closing' }]) {
      const { status, body } = await make('sale', other);
      expect(status).to.equal(422);
      expect(body.type).to.equal('urn:problem:order-saga:idempotency-mismatch');
    }
  });

  it('is made again for another maker under the same key', async () => {
    const [one, other] = [await make('spring'), await make('spring', {}, 'operator')];
    expect([one.status, other.status]).to.deep.equal([201, 201]);
    expect(one.body.id).not.to.equal(other.body.id);
  });

  it('is made each time without a key, and refused with an invalid key', async () => {
    const [one, other] = [
      await api.request('/v1/campaigns', { body: CAMPAIGN }),
      await api.request('/v1/campaigns', { body: CAMPAIGN }),
    ];
    expect(one.body.id).not.to.equal(other.body.id);
    expect((await make('x'.repeat(201))).status).to.equal(400);
  });
});
