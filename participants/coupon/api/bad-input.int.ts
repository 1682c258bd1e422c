/** The API answers every bad input with its problem document, never with 500, and stores nothing; on the hot route as in the application. */
import { expect } from 'chai';
import type { Answer, Request } from '#platform/http/testing/client.ts';
import {
  CAMPAIGN,
  madeCampaign,
  openWorld,
  requested,
  type TestCouponApi,
  type World,
} from './testing/world.ts';

const UNKNOWN = '0199d3c4-0000-7000-8000-000000000000';
/** In a path: the id of an existing campaign. */
const KNOWN = '{known}';

interface Case {
  readonly what: string;
  readonly path: string;
  readonly request: Request;
  readonly status: number;
  readonly kind: string;
}

const requestWith = (
  what: string,
  body: unknown,
  status = 400,
  kind = 'validation',
  more: Request = {},
): Case => ({
  what: `a request with ${what}`,
  path: `/v1/campaigns/${KNOWN}/requests`,
  request: { ...more, ...(body !== undefined && { body }) },
  status,
  kind,
});
const campaignWith = (
  what: string,
  body: unknown,
  status = 400,
  kind = 'validation',
  more: Request = {},
): Case => ({
  what: `a campaign with ${what}`,
  path: '/v1/campaigns',
  request: { ...more, body },
  status,
  kind,
});
const call = (what: string, path: string, status: number, kind: string, more: Request = {}): Case => ({
  what,
  path,
  request: more,
  status,
  kind,
});
const body = { userId: 'ada' };
const key = (value: string): Request => ({ headers: { 'idempotency-key': value } });
const type = (value: string): Request => ({ headers: { 'content-type': value } });

const CASES: readonly Case[] = [
  requestWith('nothing', undefined, 400, 'validation', { method: 'POST' }),
  requestWith('no JSON', '{"userId":', 400, 'not-json'),
  requestWith('a number', '42', 400, 'not-json'),
  requestWith('null', 'null', 400, 'not-json'),
  requestWith('a list', '[]'),
  requestWith('a megabyte', { userId: 'x'.repeat(1_000_000) }, 413, 'too-large'),
  requestWith(
    'a form',
    'userId=ada',
    415,
    'unsupported-media-type',
    type('application/x-www-form-urlencoded'),
  ),
  requestWith(
    'a type that only begins like JSON',
    body,
    415,
    'unsupported-media-type',
    type('application/jsonp'),
  ),
  requestWith('a compression', body, 415, 'unsupported-media-type', {
    headers: { 'content-encoding': 'gzip' },
  }),
  requestWith('no user', {}),
  requestWith('an empty user', { userId: '' }),
  requestWith('a user that is a number', { userId: 1 }),
  requestWith('a user that is null', { userId: null }),
  requestWith('a long user', { userId: 'x'.repeat(101) }),
  requestWith('an unknown field', { ...body, amount: 1 }),
  requestWith('a field called __proto__', '{"__proto__":{"userId":"ada"}}'),
  requestWith('U+0000', { userId: 'a\u0000b' }),
  requestWith('half of a surrogate pair', { userId: 'a\ud800b' }),
  requestWith('a long Idempotency-Key', body, 400, 'validation', key('k'.repeat(201))),
  requestWith('an Idempotency-Key that is not ASCII', body, 400, 'validation', key('schl\u00fcssel')),
  requestWith('no token', body, 401, 'unauthenticated', { as: null }),
  requestWith('a forged token', body, 401, 'unauthenticated', {
    as: null,
    headers: { authorization: 'Bearer x.y.z' },
  }),
  requestWith('another scheme', body, 401, 'unauthenticated', {
    as: null,
    headers: { authorization: 'Basic YTpi' },
  }),
  requestWith('a customer’s token for another', body, 403, 'forbidden', { as: 'customer', subject: 'bob' }),
  requestWith('an operator’s token', body, 403, 'forbidden', { as: 'operator' }),
  requestWith('another method', body, 405, 'method-not-allowed', { method: 'PUT' }),
  call('a request in an unknown campaign', `/v1/campaigns/${UNKNOWN}/requests`, 404, 'not-found', { body }),
  call('a request in a campaign that is no UUID', '/v1/campaigns/1/requests', 400, 'validation', { body }),
  call('a request in a path that does not decode', '/v1/campaigns/%E0%A4%A/requests', 400, 'bad-request', {
    body,
  }),
  call('a request in SQL', `/v1/campaigns/${encodeURIComponent("' OR 1=1 --")}/requests`, 400, 'validation', {
    body,
  }),
  campaignWith('nothing', {}),
  campaignWith('no JSON', '{', 400, 'not-json'),
  campaignWith('no name', { ...CAMPAIGN, name: '' }),
  campaignWith('U+0000 in its name', { ...CAMPAIGN, name: '\u0000' }),
  campaignWith('no coupons', { ...CAMPAIGN, total: 0 }),
  campaignWith('half a coupon', { ...CAMPAIGN, total: 1.5 }),
  campaignWith('more coupons than fit', { ...CAMPAIGN, total: 1e12 }),
  campaignWith('a discount of everything and more', {
    ...CAMPAIGN,
    discount: { kind: 'percent', value: 101 },
  }),
  campaignWith('a discount of nothing', { ...CAMPAIGN, discount: { kind: 'percent', value: 0 } }),
  campaignWith('an amount of no currency', { ...CAMPAIGN, discount: { kind: 'amount', value: 1 } }),
  campaignWith('an amount of a currency that ISO 4217 lacks', {
    ...CAMPAIGN,
    discount: { kind: 'amount', value: 500, currency: 'EUX' },
  }),
  campaignWith('percent of a currency', {
    ...CAMPAIGN,
    discount: { kind: 'percent', value: 1, currency: 'EUR' },
  }),
  campaignWith('a discount of another kind', { ...CAMPAIGN, discount: { kind: 'gift' } }),
  campaignWith('an end before its start', {
    ...CAMPAIGN,
    startsAt: '2026-01-02T00:00:00Z',
    endsAt: '2026-01-01T00:00:00Z',
  }),
  campaignWith('an end that has passed', { ...CAMPAIGN, endsAt: '2020-01-01T00:00:00Z' }),
  campaignWith('coupons that are past', { ...CAMPAIGN, validUntil: '2020-01-01T00:00:00Z' }),
  campaignWith('coupons that end before it starts', {
    ...CAMPAIGN,
    startsAt: '2999-01-02T00:00:00Z',
    validUntil: '2999-01-01T00:00:00Z',
  }),
  campaignWith('a time without its zone', { ...CAMPAIGN, endsAt: '2999-01-01T00:00:00' }),
  campaignWith('a time in an offset without its colon', { ...CAMPAIGN, endsAt: '2999-01-01T00:00:00+0900' }),
  campaignWith('a start that is no time', { ...CAMPAIGN, startsAt: 'tomorrow' }),
  campaignWith('a start in a year that PostgreSQL has not', {
    ...CAMPAIGN,
    startsAt: '-271821-04-20T00:00:00Z',
  }),
  campaignWith('an unknown field', { ...CAMPAIGN, issued: 0 }),
  campaignWith('a customer’s token', CAMPAIGN, 403, 'forbidden', { as: 'customer' }),
  campaignWith('a viewer’s token', CAMPAIGN, 403, 'forbidden', { as: 'viewer' }),
  call('an unknown campaign', `/v1/campaigns/${UNKNOWN}`, 404, 'not-found'),
  call('a campaign id that is no UUID', '/v1/campaigns/1', 400, 'validation'),
  call('closing an unknown campaign', `/v1/campaigns/${UNKNOWN}/close`, 404, 'not-found', { method: 'POST' }),
  call('a customer who closes', `/v1/campaigns/${KNOWN}/close`, 403, 'forbidden', {
    method: 'POST',
    as: 'customer',
  }),
  call('a bad cursor', '/v1/campaigns?cursor=abc', 400, 'validation'),
  call('a limit over the most', '/v1/campaigns?limit=201', 400, 'validation'),
  call('an unknown filter', '/v1/campaigns?colour=red', 400, 'validation'),
  call('a forged request', '/v1/coupon-requests/AQABmdPEEjR6vI3vASNFZ4mrAaDEUGwAAAMAAAA', 404, 'not-found'),
  call('a request id of a megabyte', `/v1/coupon-requests/${'A'.repeat(8_000)}`, 404, 'not-found'),
  call('a request id that does not decode', '/v1/coupon-requests/%E0%A4%A', 400, 'bad-request'),
  call('a request without a token', '/v1/coupon-requests/x', 401, 'unauthenticated', { as: null }),
  call('a ticket without a token', '/v1/coupon-results/tickets', 401, 'unauthenticated', {
    as: null,
    method: 'POST',
  }),
  call('results without WebSocket', '/v1/coupon-results', 426, 'upgrade-required'),
  call('an unknown path', '/v2/campaigns', 404, 'not-found'),
  call('a method that is not there', '/v1/campaigns', 405, 'method-not-allowed', { method: 'DELETE' }),
];

describe('a bad request to the coupon API', () => {
  let world: World;
  let api: TestCouponApi;
  let known: string;
  before(async () => {
    world = await openWorld();
    api = await world.api();
    known = await madeCampaign(api);
  });
  after(() => world?.close());

  const isProblem = ({ status, headers, body }: Answer, expected: number, kind: string) => {
    expect(body).to.include({ status: expected, type: `urn:problem:order-saga:${kind}` });
    expect(status).to.equal(expected);
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(body)
      .to.have.property('traceId')
      .that.matches(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(body)).not.to.match(/\bat .*\.ts:/);
  };

  for (const { what, path, request, status, kind } of CASES) {
    it(`${what}: ${status} ${kind}`, async () => {
      isProblem(await api.request(path.replace(KNOWN, known), request), status, kind);
    });
  }

  it('leaves nothing behind, and the API serves on', async () => {
    expect(world.undecided).to.deep.equal([]);
    const [left] = await world.test.db.query<{ campaigns: number }>(
      'SELECT count(*)::int AS campaigns FROM coupon.campaigns',
    );
    expect(left).to.deep.equal({ campaigns: 1 });
    await requested(api, known, 'ada');
    await world.decide(1);
  });

  it('is answered with its trace id', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const { body: problem } = await api.request(`/v1/campaigns/${UNKNOWN}/requests`, { body, headers });
    expect(problem.traceId).to.equal(trace);
  });

  it('lists campaigns page by page, newest first', async () => {
    const ids = [known];
    for (let i = 0; i < 4; i++) ids.unshift(await madeCampaign(api));
    const seen: unknown[] = [];
    let next = '/v1/campaigns?limit=2';
    for (let page = 0; page < 3; page++) {
      const { body: list } = await api.request(next, { as: 'customer' });
      seen.push(...(list.items as Array<{ id: string }>).map(({ id }) => id));
      next = `/v1/campaigns?limit=2&cursor=${list.nextCursor}`;
      expect(list.nextCursor === null).to.equal(page === 2);
    }
    expect(seen).to.deep.equal(ids);
  });
});
