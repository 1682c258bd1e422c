/** The health server answers as probers and proxies speak to it. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { sendRaw } from '../http/testing/raw.ts';
import { healthServer } from './process.ts';
import { checkOnce } from './readiness.ts';

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

describe('a check of readiness', () => {
  // Regression: each probe ran a statement of its own on a database that answered none, until no connection was left.
  it('runs once however many probers wait, and says that it has no answer', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    let checks = 0;
    const readiness = () => {
      checks += 1;
      return promise;
    };
    const reasons = await Promise.all([checkOnce(readiness, 20), checkOnce(readiness, 20)]);
    reasons.push(await checkOnce(readiness, 20));
    expect(new Set(reasons)).to.deep.equal(new Set(['the check has no answer within 20 ms']));
    expect(checks).to.equal(1);
    resolve(null);
    expect(await checkOnce(readiness, 1_000)).to.equal(null);
    expect(await checkOnce(readiness, 1_000), 'checked anew').to.equal(null);
    expect(checks).to.equal(2);
  });

  it('gives the reason of a check that throws', async () => {
    const failing = () => {
      throw new Error('no database');
    };
    expect(await checkOnce(failing)).to.equal('no database');
  });
});
