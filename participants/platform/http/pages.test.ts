/** Pages of listed origins may call the paths that are for pages; every other origin and path gets nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import * as z from 'zod';
import { silent } from '../process/log.ts';
import { originList } from './origins.ts';
import { forPages } from './pages.ts';
import { Problem, sendProblem, tryAgain } from './problem.ts';
import { listen } from './server.ts';
import { headersForPage, permitted, preflight, readableBy } from './testing/page.ts';

const SHOP = 'https://shop.example';
const APP = 'capacitor://localhost';

describe('a page', () => {
  let url: string;
  let close: () => Promise<void>;
  const served: string[] = [];
  before(async () => {
    const server = createServer(
      forPages(
        (request, response) => {
          served.push(`${request.method} ${request.url}`);
          const problem = /busy/.test(request.url ?? '')
            ? tryAgain('overloaded', 'busy', 2)
            : new Problem('method-not-allowed', 'no');
          if (request.method === 'GET' && !/busy/.test(request.url ?? '')) response.end('served');
          else sendProblem(response, problem, 'trace');
        },
        { origins: [SHOP, APP], paths: /^\/v1\/orders/ },
      ),
    );
    close = await listen(server, { port: 0, host: '127.0.0.1', log: silent });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => void served.splice(0));
  after(() => close());

  for (const origin of [SHOP, APP]) {
    it(`of ${origin} is permitted to call, without reaching the application, and to read every answer`, async () => {
      expect(await preflight(`${url}/v1/orders`, origin, 'POST')).to.deep.equal({
        status: 204,
        vary: 'Origin',
        allowed: permitted(origin),
      });
      expect(served).to.deep.equal([]);
      for (const [path, status] of [
        ['', 200],
        ['/busy', 503],
      ] as const) {
        expect(await headersForPage(`${url}/v1/orders${path}`, { origin })).to.deep.equal({
          status,
          vary: 'Origin',
          allowed: readableBy(origin),
        });
      }
    });
  }

  const others = {
    'of another origin': 'https://evil.example',
    'of the same host under another scheme': 'http://shop.example',
    'of another port': `${SHOP}:8443`,
    'of a host that ends alike': 'https://my-shop.example',
    'whose origin is opaque': 'null',
  };
  for (const [which, origin] of Object.entries(others)) {
    it(`${which} gets no header but Vary, and no preflight`, async () => {
      const nothing = { vary: 'Origin', allowed: {} };
      expect(await preflight(`${url}/v1/orders`, origin, 'POST')).to.deep.equal({ status: 405, ...nothing });
      expect(await headersForPage(`${url}/v1/orders`, { origin })).to.deep.equal({ status: 200, ...nothing });
    });
  }

  it('gets nothing on a path that is for no page', async () => {
    const nothing = { vary: null, allowed: {} };
    expect(await preflight(`${url}/v1/sagas`, SHOP, 'GET')).to.deep.equal({ status: 405, ...nothing });
    expect(await headersForPage(`${url}/v1/sagas`, { origin: SHOP })).to.deep.equal({
      status: 200,
      ...nothing,
    });
  });

  it('is none where the origin is missing, and OPTIONS without a requested method is no preflight', async () => {
    const nothing = { vary: 'Origin', allowed: {} };
    expect(await headersForPage(`${url}/v1/orders`, { origin: null })).to.deep.equal({
      status: 200,
      ...nothing,
    });
    const options = { origin: SHOP, method: 'OPTIONS' };
    expect(await headersForPage(`${url}/v1/orders`, options)).to.deep.equal({ status: 405, ...nothing });
  });

  it('costs nothing where no origin is listed', () => {
    const listener = () => {};
    expect(forPages(listener, { origins: [], paths: /./ })).to.equal(listener);
  });
});

describe('a list of origins', () => {
  const config = z.object({ COUPON_ORIGINS: originList });
  const read = (text?: string) => config.safeParse(text === undefined ? {} : { COUPON_ORIGINS: text });

  it('is empty by default, and accepts origins as browsers send them', () => {
    expect(read().data).to.deep.equal({ COUPON_ORIGINS: [] });
    const given = [
      'https://shop.example',
      'http://127.0.0.1:8080',
      'http://[::1]:3000',
      'capacitor://localhost',
    ];
    expect(read(` ${given.join(' , ')},`).data?.COUPON_ORIGINS).to.deep.equal(given);
  });

  for (const wrong of [
    '*',
    'null',
    'shop.example',
    'https://shop.example/',
    'https://shop.example/path',
    'https://Shop.example',
    'https://shop.example:443',
    'https://user@shop.example',
    'https://bücher.example',
    'https://a.example;https://b.example',
    'https://a.example https://b.example',
  ]) {
    it(`refuses ${wrong}, which no browser sends, and names it`, () => {
      const { error } = read(`${SHOP},${wrong}`);
      expect(error?.issues[0]?.message).to.contain(`${wrong}: write each origin as a browser sends it`);
    });
  }
});
