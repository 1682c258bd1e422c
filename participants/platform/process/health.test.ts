/** The health server answers as probers and proxies speak to it. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { sendRaw } from '../http/testing/raw.ts';
import { healthServer } from './process.ts';

describe('the health server', () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = healthServer(() => 'starting');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  for (const [what, method, target, status, headers] of [
    ['a plain probe', 'GET', '/livez', 200, []],
    ['a query', 'GET', '/livez?verbose=1', 200, []],
    ['an absolute target', 'GET', 'http://payment.internal/readyz', 503, []],
    ['an upgrade to HTTP/2', 'GET', '/livez', 200, ['connection: Upgrade, close', 'upgrade: h2c']],
    ['HEAD', 'HEAD', '/livez', 200, []],
    ['another path', 'GET', '/livez2', 404, []],
  ] as const) {
    it(`answers ${status} to ${what}`, async () => {
      expect((await sendRaw(url, { method, target, headers })).status).to.equal(status);
    });
  }
});
