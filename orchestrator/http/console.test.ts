/** How the console's files are served: by their whole names, with a policy of their own, and nothing else of the disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { httpApp } from '#platform/http/app.ts';
import { listen } from '#platform/http/server.ts';
import { sendRaw } from '#platform/http/testing/raw.ts';
import { silent } from '#platform/process/log.ts';
import { consoleRoutes } from './console.ts';

const SIGN_IN = [
  {
    issuer: 'https://people.example/realm',
    clientId: 'console',
    scope: 'openid',
    origins: ['https://tokens.example'],
  },
];
const COUPONS = 'https://coupons.example/behind/a/path';
const SCRIPT = 'console.log("the console")';

describe('the console’s files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  let url: string;
  let close: () => Promise<void>;
  before(async () => {
    mkdirSync(join(folder, 'assets'));
    writeFileSync(
      join(folder, 'index.html'),
      '<meta nonce="__NONCE__"><script src="assets/main-1.js"></script>',
    );
    writeFileSync(join(folder, 'secret.js'), 'not for browsers');
    writeFileSync(join(folder, 'assets/main-1.js'), SCRIPT);
    writeFileSync(join(folder, 'assets/main-1.js.gz'), gzipSync(SCRIPT));
    writeFileSync(join(folder, 'assets/notes.txt'), 'of no type that the console has');
    const documents = { title: 'Test', about: 'Test.' };
    const app = httpApp(
      { tokens: undefined as never, log: silent },
      () => null,
      documents,
      (routes) => consoleRoutes(routes, { signIn: SIGN_IN, couponsUrl: COUPONS }, folder),
    );
    const server = createServer(app);
    close = await listen(server, { port: 0, host: '127.0.0.1', log: silent });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  it('are one page for every view’s address, each answer with a nonce of its own in a strict policy', async () => {
    const nonces = new Set<string>();
    for (const path of ['/console/', '/console/sagas', '/console/sagas/0199/…?status=failed']) {
      const response = await fetch(url + path);
      expect([response.status, response.headers.get('cache-control')], path).to.deep.equal([200, 'no-store']);
      const policy = response.headers.get('content-security-policy') ?? '';
      const [, nonce = ''] = /'nonce-([^']+)'/.exec(policy) ?? [];
      expect(await response.text())
        .to.include(`nonce="${nonce}"`)
        .and.not.include('__NONCE__');
      nonces.add(nonce);
      expect(policy)
        .to.include("default-src 'none'")
        .and.include("script-src 'self';")
        .and.not.include('unsafe');
      expect(policy).to.include(
        "connect-src 'self' https://coupons.example https://people.example https://tokens.example;",
      );
      expect(policy).to.include("frame-ancestors 'none'");
    }
    expect(nonces.size).to.equal(3);
  });

  it('are cached for good under names with a hash, packed where the browser takes it', async () => {
    const packed = await sendRaw(url, {
      method: 'GET',
      target: '/console/assets/main-1.js',
      headers: ['accept-encoding: gzip'],
    });
    expect(packed.headers['content-encoding']).to.equal('gzip');
    expect(packed.headers['vary']).to.include('Accept-Encoding');
    const response = await fetch(`${url}/console/assets/main-1.js`, {
      headers: { 'accept-encoding': 'identity' },
    });
    expect(response.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
    expect(await response.text()).to.equal(SCRIPT);
  });

  const others = [
    '../secret.js',
    '..%2fsecret.js',
    '%2e%2e%2fsecret.js',
    'notes.txt',
    'main-1.js.gz',
    'main-2.js',
  ];
  for (const name of others) {
    it(`are nothing else of the disk: ${name}`, async () => {
      const { status, text } = await sendRaw(url, { method: 'GET', target: `/console/assets/${name}` });
      expect(text).not.to.include('not for browsers').and.not.include('of no type');
      // A path that climbs is the address of a view, which is the page.
      expect(status).to.be.oneOf(name === '../secret.js' ? [200, 404] : [400, 404]);
    });
  }

  it('say how to sign in, and take no other method', async () => {
    expect(await (await fetch(`${url}/console/settings.json`)).json()).to.deep.equal({
      signIn: SIGN_IN,
      couponsUrl: COUPONS,
    });
    expect((await fetch(`${url}/console/`, { method: 'POST' })).status).to.equal(405);
  });
});
