/** Every bad input is answered with its problem document, without a 500, a stored row or a hanging request. */
import { expect } from 'chai';
import { startTestApi, type TestApi } from './testing/api.ts';
import { ORDER, type Request } from './testing/client.ts';

const UNKNOWN = '0199d3c4-0000-7000-8000-000000000000';
const item = ORDER.items[0];

interface Case {
  readonly what: string;
  readonly path: string;
  readonly request: Request;
  readonly status: number;
  readonly kind: string;
}

const order = (what: string, body: unknown, status = 400, kind = 'validation', more: Request = {}): Case => ({
  what,
  path: '/v1/orders',
  request: { ...more, body },
  status,
  kind,
});
const read = (what: string, path: string, status: number, kind: string, more: Request = {}): Case => ({
  what,
  path,
  request: { as: 'viewer', ...more },
  status,
  kind,
});
const action = (what: string, body: unknown, status: number, kind: string, more: Request = {}): Case => ({
  what,
  path: `/v1/sagas/${UNKNOWN}/actions`,
  request: { as: 'operator', headers: { 'if-match': '"1"' }, body, ...more },
  status,
  kind,
});
const key = (value: string): Request => ({ headers: { 'idempotency-key': value } });

const CASES: readonly Case[] = [
  order('not JSON', '{"customerId":', 400, 'not-json'),
  order('JSON but no object', '[]'),
  order('a number', '42', 400, 'not-json'),
  order('nothing', '', 400, 'validation', { method: 'POST' }),
  order('a megabyte', { ...ORDER, couponId: 'x'.repeat(1_000_000) }, 413, 'too-large'),
  order('a body of another type', 'customerId=alice', 415, 'unsupported-media-type', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }),
  order('an unknown compression', ORDER, 415, 'unsupported-media-type', {
    headers: { 'content-encoding': 'compress' },
  }),
  order('an unknown field', { ...ORDER, price: 1 }),
  order('an unknown field inside', { ...ORDER, payment: { method: 'pm_card_visa', card: '4242' } }),
  order('a field called __proto__', JSON.stringify(ORDER).replace('{', '{"__proto__":{"a":1},')),
  order('no items', { ...ORDER, items: [] }),
  order('a negative quantity', { ...ORDER, items: [{ ...item, quantity: -1 }] }),
  order('a quantity of nothing', { ...ORDER, items: [{ ...item, quantity: 0 }] }),
  order('a fractional quantity', { ...ORDER, items: [{ ...item, quantity: 1.5 }] }),
  order('a huge quantity', { ...ORDER, items: [{ ...item, quantity: 10_001 }] }),
  order('a thousand items', { ...ORDER, items: Array.from({ length: 1_000 }, () => item) }),
  order('a negative amount', { ...ORDER, amount: -1 }),
  order('a fractional amount', { ...ORDER, amount: 1.5 }),
  order('an amount beyond what payment takes', { ...ORDER, amount: 1e15 }),
  order('an amount as text', { ...ORDER, amount: '4990' }),
  order('a currency that is none', { ...ORDER, currency: 'euro' }),
  order('a currency that ISO 4217 lacks', { ...ORDER, currency: 'EUX' }),
  order('a currency of the past', { ...ORDER, currency: 'DEM' }),
  order('less than the smallest charge', { ...ORDER, amount: 49 }),
  order('more than the largest charge', { ...ORDER, currency: 'USD', amount: 1_000_000_000_000 }),
  order('more than the largest charge in crowns', { ...ORDER, currency: 'ISK', amount: 10_000_000_000 }),
  order('fils, which are charged in tens', { ...ORDER, currency: 'KWD', amount: 5_125 }),
  order('a country that is none', { ...ORDER, shippingAddress: { country: 'Germany' } }),
  order('an empty customer', { ...ORDER, customerId: '' }),
  order('U+0000', { ...ORDER, customerId: 'a\u0000b' }),
  order('half of a surrogate pair', { ...ORDER, shippingAddress: { country: 'DE', city: 'K\ud800ln' } }),
  order('a field that is null', { ...ORDER, couponId: null }),
  order('a long Idempotency-Key', ORDER, 400, 'validation', key('k'.repeat(201))),
  order('an Idempotency-Key that is not ASCII', ORDER, 400, 'validation', key('schl\u00fcssel')),
  order('no token', ORDER, 401, 'unauthenticated', { as: null }),
  order('a token that is none', ORDER, 401, 'unauthenticated', {
    as: null,
    headers: { authorization: 'Bearer x.y.z' },
  }),
  order('another scheme', ORDER, 401, 'unauthenticated', {
    as: null,
    headers: { authorization: 'Basic YTpi' },
  }),
  order('a customer who orders', ORDER, 403, 'forbidden', { as: 'customer' }),
  order('an operator who orders', ORDER, 403, 'forbidden', { as: 'operator' }),
  read('an unknown order', `/v1/orders/${UNKNOWN}`, 404, 'not-found'),
  read('an order id that is no UUID', '/v1/orders/1', 400, 'validation'),
  read('an id that does not decode', '/v1/orders/%E0%A4%A', 400, 'bad-request'),
  read('an order id with SQL in it', `/v1/orders/${encodeURIComponent("' OR 1=1 --")}`, 400, 'validation'),
  read('an unknown saga', `/v1/sagas/${UNKNOWN}`, 404, 'not-found'),
  read('the history of an unknown saga', `/v1/sagas/${UNKNOWN}/history`, 404, 'not-found'),
  read('an unknown action', `/v1/actions/${UNKNOWN}`, 404, 'not-found'),
  read('an action id that is no UUID', '/v1/actions/x', 400, 'validation'),
  read('a shop that lists sagas', '/v1/sagas', 403, 'forbidden', { as: 'service' }),
  read('a customer who lists sagas', '/v1/sagas', 403, 'forbidden', { as: 'customer' }),
  read('a bad cursor', '/v1/sagas?cursor=abc', 400, 'validation'),
  read('a cursor of the right length', `/v1/sagas?cursor=${'*'.repeat(22)}`, 400, 'validation'),
  read('two cursors', '/v1/sagas?cursor=a&cursor=b', 400, 'validation'),
  read('a limit over the most', '/v1/sagas?limit=201', 400, 'validation'),
  read('a limit of nothing', '/v1/sagas?limit=0', 400, 'validation'),
  read('an unknown status', '/v1/sagas?status=lost', 400, 'validation'),
  read('an unknown filter', '/v1/sagas?colour=red', 400, 'validation'),
  read('U+0000 in a filter', '/v1/sagas?customerId=%00', 400, 'validation'),
  read('an unknown path', '/v2/orders', 404, 'not-found'),
  read('a method that is not there', '/v1/sagas', 405, 'method-not-allowed', { method: 'DELETE' }),
  read('placing an order with PUT', '/v1/orders', 405, 'method-not-allowed', { method: 'PUT', body: ORDER }),
  action('an unknown action name', { action: 'explode', reason: 'why not' }, 400, 'validation'),
  action('an action without a reason', { action: 'retry' }, 400, 'validation'),
  action('an action with an unknown field', { action: 'retry', reason: 'x', force: true }, 400, 'validation'),
  action('U+0000 in a reason', { action: 'retry', reason: '\u0000' }, 400, 'validation'),
  action('If-Match that is no revision', { action: 'retry', reason: 'x' }, 400, 'validation', {
    headers: { 'if-match': '*' },
  }),
  action('an action on an unknown saga', { action: 'retry', reason: 'x' }, 404, 'not-found'),
  action('a viewer who acts', { action: 'retry', reason: 'x' }, 403, 'forbidden', { as: 'viewer' }),
];

describe('a bad request', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  for (const { what, path, request, status, kind } of CASES) {
    it(`${what}: ${status} ${kind}`, async () => {
      const answer = await api.request(path, request);
      expect(answer.body).to.include({ status, type: `urn:problem:order-saga:${kind}` });
      expect(answer.status).to.equal(status);
      expect(answer.headers.get('content-type')).to.equal('application/problem+json');
      expect(answer.body)
        .to.have.property('traceId')
        .that.matches(/^[0-9a-f]{32}$/);
      expect(JSON.stringify(answer.body)).not.to.match(/\bat .*\.ts:/);
    });
  }

  it('stored nothing', async () => {
    const [left] = await api.db.query<{
      orders: number;
      actions: number;
    }>(`SELECT (SELECT count(*)::int FROM orchestrator.orders) AS orders,
              (SELECT count(*)::int FROM orchestrator.actions) AS actions`);
    expect(left).to.deep.equal({ orders: 0, actions: 0 });
  });

  it('names each wrong field', async () => {
    const { body } = await api.request('/v1/orders', {
      body: { ...ORDER, amount: -1, items: [{ sku: '', quantity: 1 }] },
    });
    const pointers = (body.errors as Array<{ pointer: string }>).map(({ pointer }) => pointer);
    expect(pointers).to.have.members(['/amount', '/items/0/sku']);
  });

  it('lists the possible actions', async () => {
    const body = { action: 'explode', reason: 'x' };
    const answer = await api.request(`/v1/sagas/${UNKNOWN}/actions`, { as: 'operator', body });
    expect(JSON.stringify(answer.body.errors)).to.include('retry').and.to.include('compensate');
  });

  it('names the authentication scheme and the allowed methods', async () => {
    const nobody = await api.request('/v1/orders', { as: null, body: ORDER });
    expect(nobody.headers.get('www-authenticate')).to.match(/^Bearer /);
    const method = await api.request('/v1/orders', { method: 'PUT', body: ORDER });
    expect(method.headers.get('allow')).to.equal('POST');
  });

  it('carries its trace id', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const { body } = await api.request('/v1/orders/1', { as: 'viewer', headers });
    expect(body.traceId).to.equal(trace);
  });
});
