/**
 * The API's process at its edge: TLS, an identity provider, metrics on a port of their own, trusted proxies, rate limits, and what
 * production refuses.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { generate } from 'selfsigned';
import { AUDIENCE, startProvider, type TestProvider } from '#platform/identity/testing/provider.ts';
import { freePort, startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

const MAIN = join(import.meta.dirname, '../api.main.ts');
const CONSTRAINED = {
  ORDER_USER_PER_SECOND: '1',
  ORDER_USER_BURST: '5',
  ORDER_ADDRESS_PER_SECOND: '1',
  ORDER_ADDRESS_BURST: '20',
};

describe('the API’s process at its edge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-'));
  const at = (name: string) => join(folder, name);
  /** For its database, topics and definitions; the process under test stands beside it. */
  let around: TestApi;
  let provider: TestProvider;
  let environment: NodeJS.ProcessEnv;
  const processes: TestProcess[] = [];

  const start = async (more: NodeJS.ProcessEnv = {}) => {
    const one = await startProcess(MAIN, { ...environment, ...more });
    processes.push(one);
    return one;
  };
  const writePair = async (name: string) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keySize: 2048 });
    writeFileSync(at('tls.crt'), cert);
    writeFileSync(at('tls.key'), key);
  };

  before(async () => {
    [around, provider] = await Promise.all([startTestApi(), startProvider(), writePair('first')]);
    const roles = ['service', 'viewer', 'admin'].map((role) => ({ value: role, role }));
    writeFileSync(
      at('issuers.json'),
      JSON.stringify([
        {
          issuer: provider.issuer,
          audience: AUDIENCE,
          roles,
          defaultRole: 'customer',
          customerClaim: 'customer',
        },
      ]),
    );
    environment = {
      KAFKA_BROKERS: around.kafka.brokers,
      KAFKA_PREFIX: around.kafka.prefix,
      DATABASE_URL: around.databaseUrl,
      OIDC_ISSUERS_FILE: at('issuers.json'),
      // A file of a local stack, from the environment of the tests, must not count.
      AUTH_SECRET_FILE: '',
    };
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((one) => one.end('SIGKILL')));
  });
  after(async () => {
    await Promise.all([around.close(), provider.stop()]);
    rmSync(folder, { recursive: true });
  });

  const token = (claims: Record<string, unknown>) => provider.token({ claims });
  /** The status of a request, with the time after which to repeat it. */
  const read = async (url: string, bearer: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${url}/v1/orders/0198c0de-0000-7000-8000-000000000001`, {
      headers: { authorization: `Bearer ${bearer}`, ...headers },
    });
    const body = (await answer.json()) as { type?: string };
    if (answer.status === 429) {
      expect(body.type).to.equal('urn:problem:order-saga:too-many-requests');
      expect(answer.headers.get('retry-after')).to.match(/^[1-9]\d*$/);
    }
    return answer.status;
  };
  const metric = async (url: string, line: RegExp) =>
    line.exec(await (await fetch(`${url}/metrics`)).text())?.[1];

  it('has its metrics on METRICS_PORT alone, and its documents and health on the public one', async () => {
    const metrics = await freePort();
    const { url } = await start({ METRICS_PORT: String(metrics) });
    const apart = `http://127.0.0.1:${metrics}`;
    const status = async (address: string) => (await fetch(address)).status;
    expect(await metric(apart, /^(process_cpu_seconds_total) /m)).not.to.equal(undefined);
    const answer = await fetch(`${url}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([
      404,
      'application/problem+json',
    ]);
    for (const path of ['/openapi.json', '/asyncapi.json', '/livez', '/readyz'])
      expect(await status(url + path), path).to.equal(200);
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
    expect(document.paths).not.to.have.property('/metrics');
    for (const path of ['/livez', '/readyz']) expect(await status(apart + path), path).to.equal(200);
    for (const path of ['/openapi.json', '/v1/orders', '/v1/sagas'])
      expect(await status(apart + path), path).to.equal(404);
  });

  it('has its metrics on its one port without METRICS_PORT', async () => {
    const { url } = await start();
    expect(await metric(url, /^(process_cpu_seconds_total) /m)).not.to.equal(undefined);
  });

  it('takes orders by the provider’s tokens, over TLS of its own, and shows a rotated certificate', async () => {
    const one = await start({ HTTP_TLS_CERT_FILE: at('tls.crt'), HTTP_TLS_KEY_FILE: at('tls.key') });
    const bearer = await token({ roles: ['service'] });
    const body = JSON.stringify({
      customerId: 'ada',
      items: [{ sku: 'SKU-0001', quantity: 1 }],
      currency: 'EUR',
      amount: 1_290,
      payment: { method: 'pm_card_visa' },
      shippingAddress: { country: 'DE' },
    });
    const place = () =>
      new Promise<[number | undefined, string, string]>((resolve, reject) => {
        const sent = request(
          `${one.url}/v1/orders`,
          {
            method: 'POST',
            headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
            rejectUnauthorized: false,
            agent: false,
          },
          async (answer) => {
            const socket = answer.socket as import('node:tls').TLSSocket;
            const { CN } = socket.getPeerCertificate().subject;
            resolve([answer.statusCode, String(CN), await text(answer)]);
          },
        );
        sent.once('error', reject).end(body);
      });
    const [status, name, answer] = await place();
    expect([status, name], answer).to.deep.equal([202, 'first']);
    await writePair('second');
    await waitUntil(place, ([code, shown]) => code === 202 && shown === 'second');
    expect(one.output()).not.to.match(/eyJ/);
  });

  it('limits each principal, and each address behind a trusted proxy, with 429 and Retry-After', async () => {
    const { url } = await start({ ...CONSTRAINED, TRUSTED_PROXIES: 'loopback' });
    const [ada, bob] = (await Promise.all(['ada', 'bob'].map((customer) => token({ customer })))) as [
      string,
      string,
    ];
    const from = (address: string) => ({ 'x-forwarded-for': `6.6.6.6, ${address}` });
    /** Of requests that come at once the burst is admitted, and one for each second that this machine takes for them. */
    const limited = async (
      burst: number,
      status: number,
      many: number,
      one: (n: number) => Promise<number>,
    ) => {
      const startedAt = performance.now();
      const seen = await Promise.all(Array.from({ length: many }, (_, n) => one(n)));
      const seconds = Math.ceil((performance.now() - startedAt) / 1_000);
      expect(new Set(seen)).to.deep.equal(new Set([status, 429]));
      expect(seen.filter((found) => found === status).length).to.be.within(burst, burst + seconds);
    };
    // One principal from any addresses, one address with invalid tokens.
    await limited(5, 404, 50, (n) => read(url, ada, from(`1.1.1.${n}`)));
    expect(await read(url, bob, from('1.1.1.1')), 'another').to.equal(404);
    await limited(20, 401, 80, () => read(url, 'no.token.atall', from('2.2.2.2')));
    expect(await read(url, 'no.token.atall', from('3.3.3.3'))).to.equal(401);
    expect(Number(await metric(url, /^http_rate_limited_total\{by="address"\} (\d+)/m))).to.be.at.least(1);
    expect(await metric(url, /^http_forwarded_headers_ignored_total (\d+)/m)).to.equal('0');
    const backend = await token({ roles: ['service'] });
    const many = await Promise.all(Array.from({ length: 200 }, () => read(url, backend, from('2.2.2.2'))));
    expect(new Set(many), 'a backend from that address').to.deep.equal(new Set([404]));
  });

  it('warns in its log and in a metric when it ignores a forwarded address', async () => {
    const one = await start();
    const ada = await token({ customer: 'ada' });
    expect(await read(one.url, ada, { 'x-forwarded-for': '1.2.3.4' })).to.equal(404);
    expect(await metric(one.url, /^http_forwarded_headers_ignored_total (\d+)/m)).to.equal('1');
    expect(one.output()).to.match(/"event":"forwarded-header-ignored".*TRUSTED_PROXIES/);
  });

  it('admits many requests a second with its defaults', async () => {
    const { url } = await start();
    const [customer, viewer] = await Promise.all([token({ customer: 'ada' }), token({ roles: ['viewer'] })]);
    const answers = await Promise.all(
      Array.from({ length: 600 }, (_, n) => read(url, n % 2 === 0 ? customer : viewer)),
    );
    expect(answers.filter((status) => status === 429)).to.deep.equal([]);
  });

  it('does not start in production with settings of a local stack, and says which', async () => {
    const refused = await startProcess(MAIN, {
      ...environment,
      NODE_ENV: 'production',
      AUTH_SECRET_FILE: at('none'),
    }).catch((error: Error) => error.message);
    expect(refused).to.include('process-not-started').and.include('ended with 1');
    for (const [setting, exception] of [
      ['AUTH_SECRET_FILE', 'local-tokens'],
      ['KAFKA_BROKERS', 'plain-kafka'],
      ['DATABASE_URL', 'plain-postgres'],
    ])
      expect(refused).to.match(new RegExp(`${setting}.*\\(exception ${exception}\\)`));
    const { url } = await start({
      NODE_ENV: 'production',
      PRODUCTION_EXCEPTIONS: 'plain-kafka,plain-postgres,plain-redis',
    });
    expect(await read(url, await token({ customer: 'ada' }))).to.equal(404);
  });

  it('starts while its provider is down, answers 503, and accepts tokens as soon as it is back', async () => {
    const bearer = await token({ customer: 'ada' });
    await provider.stop();
    const { url, output } = await start();
    expect(await read(url, bearer)).to.equal(503);
    expect(output()).to.include('issuer-away');
    await provider.start();
    await waitUntil(
      () => read(url, bearer),
      (status) => status === 404,
    );
    expect(output()).not.to.include('request-defect');
  });
});
