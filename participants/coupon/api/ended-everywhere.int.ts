/**
 * Tokens of an identity provider that an admin ends, and a revoked API key, at every process that takes them: the order API, the
 * coupon API with WebSockets that are open, the auditor.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startTestApi, type TestApi } from '#orchestrator/http/testing/api.ts';
import { AUDIENCE, startProvider, type TestProvider } from '#platform/identity/testing/provider.ts';
import { refusedWithin } from '#platform/identity/testing/refused-within.ts';
import { createTopics } from '#platform/kafka/admin.ts';
import { type LossyProxy, openLossyProxy } from '#platform/postgres/testing/lossy-proxy.ts';
import { TOPICS } from '#protocol/topics.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { connect, type TestSocket } from './testing/socket.ts';

const ROOT = join(import.meta.dirname, '../../..');
const COUPON_TOPICS = ['coupon-request', 'coupon-issued', 'coupon-failed'];
const PROMISE_MS = 6_000;
const ORDER = '/v1/orders/0198c0de-0000-7000-8000-000000000001';

describe('what an admin ends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ended-'));
  /** For its database, topics and definitions; the processes under test stand beside it. */
  let around: TestApi;
  let provider: TestProvider;
  let proxy: LossyProxy;
  let orders: TestProcess;
  let coupons: TestProcess;
  let auditor: TestProcess;

  before(async () => {
    [around, provider] = await Promise.all([startTestApi(), startProvider()]);
    const { brokers, prefix } = around.kafka;
    await createTopics({
      brokers,
      prefix,
      topics: TOPICS.filter(({ name }) => COUPON_TOPICS.includes(name)),
    });
    const issuer = {
      ...{ issuer: provider.issuer, audience: AUDIENCE, defaultRole: 'customer', customerClaim: 'customer' },
      roles: ['viewer', 'admin'].map((role) => ({ value: role, role })),
      clockToleranceSeconds: 1,
    };
    writeFileSync(join(folder, 'issuers.json'), JSON.stringify([issuer]));
    writeFileSync(join(folder, 'address-keys'), 'a secret of the tests, of at least thirty-two characters');
    proxy = await openLossyProxy(around.databaseUrl);
    const environment = {
      KAFKA_BROKERS: brokers,
      KAFKA_PREFIX: prefix,
      DATABASE_URL: around.databaseUrl,
      REDIS_URL: process.env.REDIS_URL ?? (await stackUp({ name: 'test' })).redis,
      OIDC_ISSUERS_FILE: join(folder, 'issuers.json'),
      // A file of a local stack, from the environment of the tests, must not count.
      AUTH_SECRET_FILE: '',
      COUPON_ADDRESS_KEYS_FILE: join(folder, 'address-keys'),
    };
    const start = (main: string, more = {}) => startProcess(join(ROOT, main), { ...environment, ...more });
    [orders, coupons, auditor] = await Promise.all([
      start('orchestrator/api.main.ts'),
      // So that what it reads of identities alone can be cut off.
      start('participants/coupon/api/main.ts', {
        DATABASE_URL: proxy.url,
        COUPON_DATABASE_URL: around.databaseUrl,
      }),
      start('auditor/main.ts'),
    ]);
  });
  after(async () => {
    await Promise.all([orders, coupons, auditor].map((one) => one?.end('SIGKILL')));
    await Promise.all([proxy?.close(), provider.stop()]);
    await around.close();
    rmSync(folder, { recursive: true });
  });

  const tokenOf = (customer: string) => provider.token({ claims: { customer } });
  /** People's subject is the provider's client: it has one. */
  const tokenAs = (role: string) => provider.token({ claims: { roles: role } });
  const send = async (url: string, bearer: string, body?: object) => {
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const statusAt = async (one: TestProcess, path: string, bearer: string) =>
    (await send(one.url + path, bearer)).status;
  const end = async (body: object) => {
    const answer = await send(`${orders.url}/v1/ended-tokens`, await tokenAs('admin'), {
      ...body,
      reason: 'a test',
    });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
  };
  const makeKey = async (holder: string) => {
    const body = { holder, reason: 'a test' };
    const made = (await send(`${orders.url}/v1/api-keys`, await tokenAs('admin'), body)).body;
    return made as { key: string; keyId: string };
  };
  const ticketBy = async (bearer: string) => {
    const { body } = await send(`${coupons.url}/v1/coupon-results/tickets`, bearer, {});
    return body.protocols as string[];
  };
  const opened = async (bearer: string, users: string[]): Promise<TestSocket> => {
    const socket = await connect(coupons.url, await ticketBy(bearer));
    if (typeof socket === 'number') throw new Error(`a socket was refused with ${socket}`);
    socket.send({ users });
    await socket.received('listening');
    return socket;
  };
  const isOpen = ({ socket }: TestSocket) => socket.readyState === socket.OPEN;
  const closedFor = async (socket: TestSocket) => {
    await waitUntil(
      () => isOpen(socket),
      (open) => !open,
    );
    expect(await socket.closed()).to.deep.equal({ code: 1008, reason: 'your token or key no longer counts' });
  };
  const until = (status: number, read: () => Promise<number>) => waitUntil(read, (found) => found === status);
  const refused = (read: () => Promise<number>) =>
    refusedWithin(PROMISE_MS, read, (status) => status === 401);

  it('is over at both APIs and on an open WebSocket within seconds, for that customer alone', async () => {
    const [ada, bob] = [await tokenOf('ada'), await tokenOf('bob')];
    const sockets = { ada: await opened(ada, ['ada']), bob: await opened(bob, ['bob']) };
    const unused = await ticketBy(ada);
    // No such order: whoever gets that far was let in.
    expect(await statusAt(orders, ORDER, ada)).to.equal(404);
    await end({ subject: 'ada' });
    await Promise.all([
      closedFor(sockets.ada),
      refused(() => statusAt(orders, ORDER, ada)),
      refused(() => statusAt(coupons, '/v1/campaigns', ada)),
    ]);
    expect(await connect(coupons.url, unused), 'a ticket from before').to.equal(401);
    expect(await statusAt(orders, ORDER, bob)).to.equal(404);
    expect(isOpen(sockets.bob)).to.equal(true);
    await until(404, async () => statusAt(orders, ORDER, await tokenOf('ada')));
    const again = await opened(await tokenOf('ada'), ['ada']);
    expect(await statusAt(orders, ORDER, ada), 'the one before').to.equal(401);
    for (const { socket } of [again, sockets.bob]) socket.close();
  });

  it('is one token where its id is given', async () => {
    const [stolen, kept] = [await tokenOf('carl'), await tokenOf('carl')];
    const sockets = [await opened(stolen, ['carl']), await opened(kept, ['carl'])] as const;
    const { jti } = JSON.parse(Buffer.from(stolen.split('.')[1] ?? '', 'base64url').toString());
    await end({ tokenId: jti });
    await closedFor(sockets[0]);
    await refused(() => statusAt(orders, ORDER, stolen));
    expect(await statusAt(orders, ORDER, kept)).to.equal(404);
    expect(isOpen(sockets[1])).to.equal(true);
    sockets[1].socket.close();
  });

  it('is over at the auditor too', async () => {
    const viewer = await tokenAs('viewer');
    const { jti } = JSON.parse(Buffer.from(viewer.split('.')[1] ?? '', 'base64url').toString());
    expect(await statusAt(auditor, '/v1/ledger', viewer)).to.equal(200);
    await end({ tokenId: jti });
    await refused(() => statusAt(auditor, '/v1/ledger', viewer));
    expect(await statusAt(auditor, '/v1/ledger', await tokenAs('viewer'))).to.equal(200);
  });

  // Regression: the socket of a revoked key stayed open for up to an hour.
  it('is the socket of a backend whose API key is revoked', async () => {
    const [old, next] = [await makeKey('shop'), await makeKey('shop')];
    const sockets = [await opened(old.key, ['ada', 'bob']), await opened(next.key, ['ada'])] as const;
    await send(`${orders.url}/v1/api-keys/${old.keyId}/revocation`, await tokenAs('admin'), {
      reason: 'replaced',
    });
    await closedFor(sockets[0]);
    expect(isOpen(sockets[1])).to.equal(true);
    sockets[1].socket.close();
  });

  it('cannot be known while the database is away: API keys get 503, and people and open sockets go on', async () => {
    const dora = await tokenOf('dora');
    const { key } = await makeKey('warehouse');
    const socket = await opened(dora, ['dora']);
    const known = await statusAt(coupons, '/v1/campaigns', dora);
    await proxy.close();
    await until(503, () => statusAt(coupons, '/v1/campaigns', key));
    expect(await statusAt(coupons, '/v1/campaigns', dora))
      .to.equal(known)
      .and.not.equal(503);
    expect(isOpen(socket)).to.equal(true);
    socket.socket.close();
  });
});
