/** Pages as clients of the coupon API, on the real stack: the hot route and the application permit exactly the same. */
import { expect } from 'chai';
import {
  headersForPage,
  type PageHeaders,
  permitted,
  preflight,
  readableBy,
} from '#platform/http/testing/page.ts';
import type { Role } from '#platform/process/auth-tokens.ts';
import { connect, ticketFor } from './testing/socket.ts';
import { madeCampaign, NO_REDIS, openWorld, type TestCouponApi, type World } from './testing/world.ts';

const SHOP = 'https://shop.example';
const EVIL = 'https://evil.example';
const NO_CAMPAIGN = '0199d3c4-1234-7abc-8def-0123456789ab';
const ORIGINS = [SHOP, EVIL, null];

describe('a page at the coupon API', () => {
  let world: World;
  let api: TestCouponApi;
  let campaign: string;
  before(async () => {
    world = await openWorld();
    api = await world.api({ COUPON_ORIGINS: SHOP });
    campaign = await madeCampaign(api);
  });
  after(() => world?.close());

  const nothing = { vary: 'Origin', allowed: {} };
  const expected = (origin: string | null) =>
    origin === SHOP ? { vary: 'Origin', allowed: readableBy(SHOP) } : nothing;

  /** A route's answers to a page, by their status. `path` takes a campaign's id. */
  const ROUTES: Readonly<Record<string, (campaign: string) => string>> = {
    'the hot route': (id) => `/v1/campaigns/${id}/requests`,
    'the application': (id) => `/v1/campaigns/${id}/close`,
  };
  const send = async (
    at: TestCouponApi,
    path: string,
    origin: string | null,
    { as = 'customer', ...more }: { as?: Role | null; body?: string; headers?: Record<string, string> } = {},
  ): Promise<PageHeaders> => {
    const bearer = as === null ? {} : { authorization: `Bearer ${await world.token(as, 'ada')}` };
    return headersForPage(at.url + path, {
      origin,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer, ...more.headers },
      body: more.body ?? (path.endsWith('/close') ? '{}' : '{"userId":"ada"}'),
    });
  };

  for (const [name, pathOf] of Object.entries(ROUTES)) {
    it(`reads every answer of ${name} if its origin is listed, and none if it is not`, async () => {
      for (const origin of ORIGINS) {
        const answers = [
          await send(api, pathOf(campaign), origin, { as: 'service' }),
          await send(api, pathOf(campaign), origin, { as: null }),
          await send(api, pathOf(campaign), origin, { as: 'viewer' }),
          await send(api, pathOf(NO_CAMPAIGN), origin, { as: 'service' }),
          await send(api, pathOf('no-uuid'), origin, { as: 'service' }),
          await send(api, pathOf('%zz'), origin, { as: 'service' }),
        ];
        for (const { status, ...headers } of answers) {
          expect(headers, `${name} answers ${status} to ${origin}`).to.deep.equal(expected(origin));
        }
        expect(answers.map(({ status }) => status).slice(1)).to.deep.equal([401, 403, 404, 400, 400]);
      }
    });

    it(`gets the preflight of ${name} answered if its origin is listed`, async () => {
      const url = api.url + pathOf(campaign);
      expect(await preflight(url, SHOP, 'POST')).to.deep.equal({
        status: 204,
        vary: 'Origin',
        allowed: permitted(SHOP),
      });
      expect(await preflight(url, EVIL, 'POST')).to.deep.equal({ status: 405, ...nothing });
    });
  }

  it('reads a 202, a 404 of no path, and the answers to a body that cannot be read', async () => {
    const path = `/v1/campaigns/${campaign}/requests`;
    for (const origin of ORIGINS) {
      const answers = [
        await send(api, path, origin, { body: '{"userId":' }),
        await send(api, path, origin, { headers: { 'content-type': 'text/plain' } }),
        await send(api, path, origin, { body: `{"userId":"${'x'.repeat(5_000)}"}` }),
        await send(api, '/v1/nothing', origin),
        await send(api, path, origin),
      ];
      expect(answers.map(({ status }) => status)).to.deep.equal([400, 415, 413, 404, 202]);
      for (const { status, ...headers } of answers) {
        expect(headers, String(status)).to.deep.equal(expected(origin));
      }
    }
  });

  it('reads 429 and 503 with their Retry-After, from both', async () => {
    const one = { COUPON_USER_PER_SECOND: 1, COUPON_USER_BURST: 1, COUPON_ORIGINS: SHOP };
    const narrow = await world.api(one);
    const full = await world.api({ COUPON_QUEUE_MAX: 1, COUPON_ORIGINS: SHOP }, NO_REDIS);
    for (const origin of ORIGINS) {
      const limited = [];
      for (const path of [`/v1/campaigns/${campaign}/requests`, '/v1/coupon-results/tickets']) {
        for (let i = 0; i < 3; i++) limited.push(await send(narrow, path, origin));
      }
      const refused = limited.filter(({ status }) => status === 429);
      expect(refused.length).to.be.at.least(4);
      for (const { status, ...headers } of limited) {
        expect(headers, String(status)).to.deep.equal(expected(origin));
      }
      // More at once than the queue holds.
      const path = `/v1/campaigns/${campaign}/requests`;
      const burst = await Promise.all(Array.from({ length: 20 }, () => send(full, path, origin)));
      expect(burst.some(({ status }) => status === 503)).to.equal(true);
      for (const { status, ...headers } of burst) {
        expect(headers, String(status)).to.deep.equal(expected(origin));
      }
    }
    await narrow.close();
    await full.close();
  });

  it('opens a WebSocket with a ticket it created, if its origin is listed', async () => {
    const protocols = await ticketFor(api.request, 'customer', 'ada');
    expect(await connect(api.url, protocols, { origin: EVIL })).to.equal(403);
    const opened = await connect(api.url, protocols, { origin: SHOP });
    if (typeof opened === 'number') throw new Error(`refused with ${opened}`);
    opened.socket.close();
  });

  it('gets nothing from an API without listed origins, nor from the documents, health and metrics', async () => {
    const alone = await world.api();
    const url = `${alone.url}/v1/coupon-results/tickets`;
    const none = { vary: null, allowed: {} };
    expect(await preflight(url, SHOP, 'POST')).to.deep.equal({ status: 405, ...none });
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json']) {
      const { vary, allowed } = await headersForPage(api.url + path, { origin: SHOP });
      expect({ vary, allowed }, path).to.deep.equal(none);
    }
    await alone.close();
    const { info } = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      info: { description: string };
    };
    expect(info.description).to.contain('Pages of the origins in `COUPON_ORIGINS`');
  });
});
