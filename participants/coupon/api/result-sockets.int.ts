/** Results over WebSockets, on the real stack: upgrades, subscriptions, delivery, and closing. */
import { connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import { startRedis } from '#platform/process/testing/full-redis.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { sealUnder } from './seal.ts';
import { connect, listening, ticketFor } from './testing/socket.ts';
import {
  madeCampaign,
  NO_REDIS,
  openWorld,
  requested,
  type TestCouponApi,
  type World,
} from './testing/world.ts';
import { TICKET_MS, TICKET_PURPOSE, writeTicket } from './ticket.ts';

const ORIGIN = 'https://shop.example';

describe('the WebSocket of results', () => {
  let world: World;
  let api: TestCouponApi;
  before(async () => {
    world = await openWorld();
    api = await world.api({ COUPON_ORIGINS: ORIGIN });
  });
  after(() => world?.close());

  it('delivers a result decided during a subscription, once', async () => {
    const id = await requested(api, await madeCampaign(api), 'ada');
    const socket = await listening(api, 'customer', 'ada', { requests: [id] });
    expect(await socket.received('listening')).to.deep.equal({
      listening: { requests: 1, users: 0, campaigns: 0, unknown: [] },
    });
    await world.decide(1);
    const [result] = await socket.resultsReceived(1);
    expect(result).to.include({ requestId: id, userId: 'ada', status: 'issued' });
    expect((await api.request(`/v1/coupon-requests/${id}`)).body.couponId).to.equal(result?.couponId);
    socket.send({ requests: [id] });
    await socket.resultsReceived(2);
    expect(socket.results[1]).to.deep.equal(result);
    socket.socket.close();
  });

  it('delivers results decided before the subscription', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const ids = [await requested(api, campaign, 'ada'), await requested(api, campaign, 'ada')];
    await world.decide(2);
    ids.push(await requested(api, campaign, 'ada'));
    const socket = await listening(api, 'customer', 'ada', { requests: ids });
    const results = await socket.resultsReceived(3);
    expect(results.map(({ requestId }) => requestId)).to.have.members(ids);
    const reasons = ids.map((id) => results.find(({ requestId }) => requestId === id)?.reason);
    expect(reasons).to.deep.equal([undefined, 'duplicate', 'duplicate']);
    socket.socket.close();
  });

  it('delivers a result to every subscriber, at two APIs', async () => {
    const other = await world.api();
    const id = await requested(api, await madeCampaign(api), 'ada');
    const sockets = [
      await listening(api, 'customer', 'ada', { requests: [id] }),
      await listening(other, 'customer', 'ada', { users: ['ada'] }),
      await listening(other, 'service', 'shop', { users: ['bob', 'ada'] }),
    ];
    await world.decide(1);
    for (const socket of sockets) {
      const [result] = await socket.resultsReceived(1);
      expect(result).to.include({ requestId: id, status: 'issued' });
    }
    await other.close();
    expect(await sockets[1]?.closed()).to.deep.equal({ code: 1001, reason: 'shutting down' });
    sockets[0]?.socket.close();
  });

  it('delivers a backend all results of a campaign, each once, many in one text', async () => {
    const campaign = await madeCampaign(api, { total: 100 });
    const socket = await listening(api, 'service', 'shop', { campaigns: [campaign] });
    const users = Array.from({ length: 300 }, (_, i) => `user-${i}`);
    await Promise.all(users.map((user) => requested(api, campaign, user)));
    await world.decide(300);
    const results = await socket.resultsReceived(300);
    expect(new Set(results.map(({ userId }) => userId)).size).to.equal(300);
    expect(results.filter(({ status }) => status === 'issued')).to.have.length(100);
    expect(socket.texts.length).to.be.lessThan(100);
    socket.socket.close();
  });

  it('delivers refusals from the cache to subscribers of the user', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const first = await requested(api, campaign, 'ada');
    await world.decide(1);
    const sockets = [
      await listening(api, 'customer', 'ada', { users: ['ada'] }),
      await listening(api, 'service', 'shop', { users: ['bob'] }),
    ];
    const ids = [await requested(api, campaign, 'ada'), await requested(api, campaign, 'bob')];
    expect(world.undecided).to.deep.equal([]);
    // The result of the first request may still be on its way from the topic.
    const [again, late] = await Promise.all(
      sockets.map(async (socket, i) => {
        const all = () => socket.resultsReceived(0);
        const found = await waitUntil(all, (some) => some.some(({ requestId }) => requestId === ids[i]));
        return found.find(({ requestId }) => requestId === ids[i]);
      }),
    );
    expect(again).to.include({ requestId: ids[0], reason: 'duplicate', firstRequestId: first });
    expect(late).to.include({ requestId: ids[1], status: 'failed', reason: 'sold-out' });
    for (const { socket } of sockets) socket.close();
  });

  it('accepts a ticket once, at any API, until it expires', async () => {
    const other = await world.api();
    const protocols = await ticketFor(api.request, 'customer', 'ada');
    const first = await connect(other.url, protocols);
    expect(first).not.to.be.a('number');
    expect(await connect(api.url, protocols)).to.equal(401);
    expect(await connect(other.url, protocols)).to.equal(401);
    const seal = sealUnder(world.secret, TICKET_PURPOSE);
    const proof = { token: null, issuedAtMs: Date.now() };
    const stale = writeTicket(seal, { subject: 'ada', role: 'customer', proof }, Date.now() - TICKET_MS);
    expect(await connect(api.url, ['coupon-results.v1', `ticket.${stale}`])).to.equal(401);
    await other.close();
  });

  it('refuses a missing or forged ticket, a foreign origin, and another path', async () => {
    const [version = '', ticket = ''] = await ticketFor(api.request, 'customer', 'ada');
    expect(await connect(api.url, [])).to.equal(401);
    expect(await connect(api.url, [version])).to.equal(401);
    expect(await connect(api.url, [version, 'ticket.forged'])).to.equal(401);
    const forged = `${ticket.slice(0, -1)}${ticket.endsWith('A') ? 'B' : 'A'}`;
    expect(await connect(api.url, [version, forged])).to.equal(401);
    expect(await connect(api.url, [version, ticket], { origin: 'https://evil.example' })).to.equal(403);
    expect(await connect(`${api.url}/other`, [version, ticket])).to.equal(404);
    const admitted = await connect(api.url, [version, ticket], { origin: ORIGIN });
    if (typeof admitted === 'number') throw new Error(`refused with ${admitted}`);
    expect(admitted.socket.protocol).to.equal(version);
    admitted.socket.close();
  });

  it('refuses upgrades while Redis is down, since no ticket can be checked', async () => {
    const alone = await world.api({}, NO_REDIS);
    expect(await connect(alone.url, await ticketFor(alone.request, 'customer', 'ada'))).to.equal(503);
    await alone.close();
  });

  it('refuses upgrades while Redis is full, and lets no ticket in twice', async () => {
    const full = await startRedis();
    const alone = await world.api({}, full.path);
    try {
      const ticket = await ticketFor(alone.request, 'customer', 'ada');
      await full.fill();
      expect(await connect(alone.url, ticket)).to.equal(503);
      await full.redis.config('SET', 'maxmemory', '0');
      const admitted = await connect(alone.url, ticket);
      if (typeof admitted === 'number') throw new Error(`refused with ${admitted}`);
      admitted.socket.close();
      await full.fill();
      expect(await connect(alone.url, ticket), 'its use is stored').to.be.oneOf([401, 503]);
    } finally {
      await alone.close();
      await full.close();
    }
  });

  it('bounds the sockets of a customer and of the process', async () => {
    const narrow = await world.api({ COUPON_SOCKETS_MAX: 2, COUPON_SOCKETS_PER_CUSTOMER: 1 });
    const first = await listening(narrow, 'customer', 'ada');
    expect(await connect(narrow.url, await ticketFor(narrow.request, 'customer', 'ada'))).to.equal(429);
    await listening(narrow, 'customer', 'bob');
    expect(await connect(narrow.url, await ticketFor(narrow.request, 'customer', 'carl'))).to.equal(503);
    first.socket.close();
    await first.closed();
    await listening(narrow, 'customer', 'carl');
    await narrow.close();
  });

  const bad: Record<string, unknown> = {
    'no JSON': 'hello',
    'another message': { subscribe: 'all' },
    'another user': { users: ['bob'] },
    'a campaign': { campaigns: ['0199d3c4-1234-7abc-8def-0123456789ab'] },
    'a number for a request': { requests: [1] },
    'too many requests': { requests: Array.from({ length: 500 }, (_, i) => `r${i}`) },
    'more than a text holds': 'x'.repeat(100_000),
  };
  for (const [what, message] of Object.entries(bad)) {
    it(`closes the socket of a customer who sends ${what}`, async () => {
      const socket = await listening(api, 'customer', 'ada');
      socket.send(message);
      expect((await socket.closed()).code).to.be.oneOf([1008, 1009]);
    });
  }

  it('lists ids that are forged or another’s as unknown, and subscribes to the rest', async () => {
    const campaign = await madeCampaign(api);
    const [own, others] = [await requested(api, campaign, 'ada'), await requested(api, campaign, 'bob')];
    const socket = await listening(api, 'customer', 'ada', { requests: [own, others, 'forged'] });
    const answer = await socket.received('listening');
    expect(answer.listening).to.deep.equal({
      requests: 1,
      users: 0,
      campaigns: 0,
      unknown: [others, 'forged'],
    });
    await world.decide(2);
    await socket.resultsReceived(1);
    expect(socket.results.map(({ userId }) => userId)).to.deep.equal(['ada']);
    socket.socket.close();
  });

  it('closes a socket that sends too many texts', async () => {
    const socket = await listening(api, 'customer', 'ada');
    for (let i = 0; i < 30; i++) socket.send({ requests: [] });
    expect(await socket.closed()).to.deep.equal({ code: 1008, reason: 'messages come too often' });
  });

  it('survives a client that resets its connection during the upgrade', async () => {
    const { hostname, port } = new URL(api.url);
    const raw = connectTcp(Number(port), hostname);
    const [version, ticket] = await ticketFor(api.request, 'customer', 'ada');
    raw.write(
      `GET /v1/coupon-results HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
        `sec-websocket-protocol: ${version}, ${ticket}\r\n\r\n`,
    );
    raw.resetAndDestroy();
    expect((await api.request('/livez')).status).to.equal(200);
  });
});
