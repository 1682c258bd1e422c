/** Every bad input has its problem document: none is a 500, none leaves anything behind, on the hot route as in the application. */
import { expect } from 'chai';
import type { Answer, Request } from '#platform/http/testing/client.ts';
import { asked, CAMPAIGN, madeCampaign, openWorld, type TestCouponApi, type World } from './testing/world.ts';

const UNKNOWN = '0199d3c4-0000-7000-8000-000000000000';
/** Stands in a path for a campaign that there is. */
const KNOWN = '{known}';

interface Case {
  readonly what: string;
  readonly path: string;
  readonly request: Request;
  readonly status: number;
  readonly kind: string;
}

const ask = (what: string, body: unknown, status = 400, kind = 'validation', more: Request = {}): Case => ({
  what: `asking with ${what}`,
  path: `/v1/campaigns/${KNOWN}/requests`,
  request: { ...more, ...(body !== undefined && { body }) },
  status,
  kind,
});
const make = (what: string, body: unknown, status = 400, kind = 'validation', more: Request = {}): Case => ({
  what: `a campaign with ${what}`,
  path: '/v1/campaigns',
  request: { ...more, body },
  status,
  kind,
});
const look = (what: string, path: string, status: number, kind: string, more: Request = {}): Case => ({
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
  ask('nothing', undefined, 400, 'validation', { method: 'POST' }),
  ask('no JSON', '{"userId":', 400, 'not-json'),
  ask('a number', '42', 400, 'not-json'),
  ask('null', 'null', 400, 'not-json'),
  ask('a list', '[]'),
  ask('a megabyte', { userId: 'x'.repeat(1_000_000) }, 413, 'too-large'),
  ask('a form', 'userId=ada', 415, 'unsupported-media-type', type('application/x-www-form-urlencoded')),
  ask('a type that only begins like JSON', body, 415, 'unsupported-media-type', type('application/jsonp')),
  ask('a compression', body, 415, 'unsupported-media-type', { headers: { 'content-encoding': 'gzip' } }),
  ask('no user', {}),
  ask('an empty user', { userId: '' }),
  ask('a user that is a number', { userId: 1 }),
  ask('a user that is null', { userId: null }),
  ask('a long user', { userId: 'x'.repeat(101) }),
  ask('an unknown field', { ...body, amount: 1 }),
  ask('a field called __proto__', '{"__proto__":{"userId":"ada"}}'),
  ask('U+0000', { userId: 'a\u0000b' }),
  ask('half of a surrogate pair', { userId: 'a\ud800b' }),
  ask('a long Idempotency-Key', body, 400, 'validation', key('k'.repeat(201))),
  ask('an Idempotency-Key that is not ASCII', body, 400, 'validation', key('schl\u00fcssel')),
  ask('no token', body, 401, 'unauthenticated', { as: null }),
  ask('a forged token', body, 401, 'unauthenticated', {
    as: null,
    headers: { authorization: 'Bearer x.y.z' },
  }),
  ask('another scheme', body, 401, 'unauthenticated', {
    as: null,
    headers: { authorization: 'Basic YTpi' },
  }),
  ask('a customer’s token for another', body, 403, 'forbidden', { as: 'customer', subject: 'bob' }),
  ask('an operator’s token', body, 403, 'forbidden', { as: 'operator' }),
  ask('another method', body, 405, 'method-not-allowed', { method: 'PUT' }),
  look('asking in an unknown campaign', `/v1/campaigns/${UNKNOWN}/requests`, 404, 'not-found', { body }),
  look('asking in a campaign that is no UUID', '/v1/campaigns/1/requests', 400, 'validation', { body }),
  look('asking in a path that does not decode', '/v1/campaigns/%E0%A4%A/requests', 400, 'bad-request', {
    body,
  }),
  look('asking in SQL', `/v1/campaigns/${encodeURIComponent("' OR 1=1 --")}/requests`, 400, 'validation', {
    body,
  }),
  make('nothing', {}),
  make('no JSON', '{', 400, 'not-json'),
  make('no name', { ...CAMPAIGN, name: '' }),
  make('U+0000 in its name', { ...CAMPAIGN, name: '\u0000' }),
  make('no coupons', { ...CAMPAIGN, total: 0 }),
  make('half a coupon', { ...CAMPAIGN, total: 1.5 }),
  make('more coupons than fit', { ...CAMPAIGN, total: 1e12 }),
  make('a discount of everything and more', { ...CAMPAIGN, discount: { kind: 'percent', value: 101 } }),
  make('a discount of nothing', { ...CAMPAIGN, discount: { kind: 'percent', value: 0 } }),
  make('an amount of no currency', { ...CAMPAIGN, discount: { kind: 'amount', value: 1 } }),
  make('percent of a currency', {
    ...CAMPAIGN,
    discount: { kind: 'percent', value: 1, currency: 'EUR' },
  }),
  make('a discount of another kind', { ...CAMPAIGN, discount: { kind: 'gift' } }),
  make('an end before its start', {
    ...CAMPAIGN,
    startsAt: '2026-01-02T00:00:00Z',
    endsAt: '2026-01-01T00:00:00Z',
  }),
  make('a start that is no time', { ...CAMPAIGN, startsAt: 'tomorrow' }),
  make('a start in a year that PostgreSQL has not', { ...CAMPAIGN, startsAt: '-271821-04-20T00:00:00Z' }),
  make('an unknown field', { ...CAMPAIGN, issued: 0 }),
  make('a customer’s token', CAMPAIGN, 403, 'forbidden', { as: 'customer' }),
  make('a viewer’s token', CAMPAIGN, 403, 'forbidden', { as: 'viewer' }),
  look('an unknown campaign', `/v1/campaigns/${UNKNOWN}`, 404, 'not-found'),
  look('a campaign id that is no UUID', '/v1/campaigns/1', 400, 'validation'),
  look('closing an unknown campaign', `/v1/campaigns/${UNKNOWN}/close`, 404, 'not-found', { method: 'POST' }),
  look('a customer who closes', `/v1/campaigns/${KNOWN}/close`, 403, 'forbidden', {
    method: 'POST',
    as: 'customer',
  }),
  look('a bad cursor', '/v1/campaigns?cursor=abc', 400, 'validation'),
  look('a limit over the most', '/v1/campaigns?limit=201', 400, 'validation'),
  look('an unknown filter', '/v1/campaigns?colour=red', 400, 'validation'),
  look('a forged request', '/v1/coupon-requests/AQABmdPEEjR6vI3vASNFZ4mrAaDEUGwAAAMAAAA', 404, 'not-found'),
  look('a request id of a megabyte', `/v1/coupon-requests/${'A'.repeat(8_000)}`, 404, 'not-found'),
  look('a request id that does not decode', '/v1/coupon-requests/%E0%A4%A', 400, 'bad-request'),
  look('a request without a token', '/v1/coupon-requests/x', 401, 'unauthenticated', { as: null }),
  look('a ticket without a token', '/v1/coupon-results/tickets', 401, 'unauthenticated', {
    as: null,
    method: 'POST',
  }),
  look('results without WebSocket', '/v1/coupon-results', 426, 'upgrade-required'),
  look('an unknown path', '/v2/campaigns', 404, 'not-found'),
  look('a method that is not there', '/v1/campaigns', 405, 'method-not-allowed', { method: 'DELETE' }),
];

describe('a bad request to the coupon API', () => {
  let world: World;
  let api: TestCouponApi;
  let known: string;
  before(async function () {
    this.timeout(90_000);
    world = await openWorld();
    api = await world.api();
    known = await madeCampaign(api);
  });
  after(() => world.close());

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

  it('left nothing behind, and the API well', async () => {
    expect(world.undecided).to.deep.equal([]);
    const [left] = await world.test.db.query<{ campaigns: number }>(
      'SELECT count(*)::int AS campaigns FROM coupon.campaigns',
    );
    expect(left).to.deep.equal({ campaigns: 1 });
    await asked(api, known, 'ada');
    await world.decide(1);
  });

  it('carries the trace it belongs to', async () => {
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
