/** Pages as clients of the order API, on the real stack: a customer's paths are for listed origins, an operator's for none. */
import { expect } from 'chai';
import { headersForPage, permitted, preflight, readableBy } from '#platform/http/testing/page.ts';
import type { Role } from '#platform/process/auth-tokens.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { ORDER } from './testing/client.ts';

const SHOP = 'https://shop.example';
const EVIL = 'https://evil.example';
const NO_ORDER = '0199d3c4-1234-7abc-8def-0123456789ab';

describe('a page at the order API', () => {
  let api: TestApi;
  let order: string;
  before(async () => {
    api = await startTestApi({ origins: [SHOP] });
    order = await api.placed();
  });
  after(() => api?.close());

  const nothing = { vary: 'Origin', allowed: {} };
  const none = { vary: null, allowed: {} };
  const send = async (
    origin: string | null,
    path: string,
    { as = 'customer', body }: { as?: Role | null; body?: object } = {},
  ) =>
    headersForPage(api.url + path, {
      origin,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(as !== null && { authorization: `Bearer ${await api.token(as, 'alice')}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  it('places, reads and cancels orders if its origin is listed, and reads every refusal', async () => {
    for (const path of ['/v1/orders', `/v1/orders/${order}`, `/v1/orders/${order}/cancel`]) {
      expect(await preflight(api.url + path, SHOP, 'POST'), path).to.deep.equal({
        status: 204,
        vary: 'Origin',
        allowed: permitted(SHOP),
      });
      expect(await preflight(api.url + path, EVIL, 'POST'), path).to.deep.equal({ status: 405, ...nothing });
    }
    const readable = { vary: 'Origin', allowed: readableBy(SHOP) };
    for (const [origin, headers] of [
      [SHOP, readable],
      [EVIL, nothing],
      [null, nothing],
    ] as const) {
      const answers = [
        await send(origin, '/v1/orders', { as: 'service', body: ORDER }),
        await send(origin, '/v1/orders', { body: ORDER }),
        await send(origin, '/v1/orders', { as: 'service', body: {} }),
        await send(origin, `/v1/orders/${order}`),
        await send(origin, `/v1/orders/${order}`, { as: null }),
        await send(origin, `/v1/orders/${NO_ORDER}`),
        await send(origin, `/v1/orders/${order}/cancel`, { body: {} }),
        await send(origin, `/v1/orders/${order}/cancel`),
      ];
      expect(answers.map(({ status }) => status)).to.deep.equal([202, 403, 400, 200, 401, 404, 202, 405]);
      for (const { status, ...sent } of answers) {
        expect(sent, `${status} to ${origin}`).to.deep.equal(headers);
      }
    }
  });

  it('reads the outcome of its cancellation', async () => {
    const id = await api.placed();
    const { body } = await api.request(`/v1/orders/${id}/cancel`, {
      as: 'customer',
      subject: 'alice',
      method: 'POST',
    });
    const path = `/v1/actions/${body.actionId}`;
    expect(await preflight(api.url + path, SHOP, 'GET')).to.include({ status: 204 });
    const { status, allowed } = await send(SHOP, path);
    expect({ status, allowed }).to.deep.equal({ status: 200, allowed: readableBy(SHOP) });
  });

  it('gets nothing from an operator’s paths, whoever it is', async () => {
    const id = await api.placed();
    await waitUntil(
      () => send(null, `/v1/sagas/${id}`, { as: 'viewer' }),
      ({ status }) => status === 200,
    );
    for (const path of [
      '/v1/sagas',
      `/v1/sagas/${id}`,
      `/v1/sagas/${id}/history`,
      `/v1/sagas/${id}/actions`,
      '/v1/audit',
      '/v1/dead-letters',
      '/v1/definitions',
      '/v1/ordersandmore',
      '/livez',
      '/openapi.json',
    ]) {
      expect(await preflight(api.url + path, SHOP, 'POST'), path).to.deep.include(none);
      const { vary, allowed } = await send(SHOP, path, { as: 'admin' });
      expect({ vary, allowed }, path).to.deep.equal(none);
    }
  });
});
