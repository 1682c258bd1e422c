/** Results over WebSockets, on the real stack: who is let in, who hears what, and how it ends. */
import { connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import { sealUnder } from './seal.ts';
import { connect, listening, ticketFor } from './testing/socket.ts';
import { asked, madeCampaign, openWorld, type TestCouponApi, type World } from './testing/world.ts';
import { TICKET_MS, TICKET_PURPOSE, writeTicket } from './ticket.ts';

const ORIGIN = 'https://shop.example';

describe('the WebSocket of results', () => {
  let world: World;
  let api: TestCouponApi;
  before(async function () {
    this.timeout(90_000);
    world = await openWorld();
    api = await world.api({ COUPON_ORIGINS: ORIGIN });
  });
  after(() => world.close());

  it('tells a result that is decided while a client listens, once', async () => {
    const id = await asked(api, await madeCampaign(api), 'ada');
    const socket = await listening(api, 'customer', 'ada', { requests: [id] });
    expect(await socket.heard('listening')).to.deep.equal({
      listening: { requests: 1, users: 0, campaigns: 0, unknown: [] },
    });
    await world.decide(1);
    const [result] = await socket.told(1);
    expect(result).to.include({ requestId: id, userId: 'ada', status: 'issued' });
    expect((await api.request(`/v1/coupon-requests/${id}`)).body.couponId).to.equal(result?.couponId);
    socket.say({ requests: [id] });
    await socket.told(2);
    expect(socket.results[1]).to.deep.equal(result);
    socket.socket.close();
  });

  it('tells what was decided before', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const ids = [await asked(api, campaign, 'ada'), await asked(api, campaign, 'ada')];
    await world.decide(2);
    ids.push(await asked(api, campaign, 'ada'));
    const socket = await listening(api, 'customer', 'ada', { requests: ids });
    const results = await socket.told(3);
    expect(results.map(({ requestId }) => requestId)).to.have.members(ids);
    const reasons = ids.map((id) => results.find(({ requestId }) => requestId === id)?.reason);
    expect(reasons).to.deep.equal([undefined, 'duplicate', 'duplicate']);
    socket.socket.close();
  });

  it('tells both sockets of a user, at two APIs', async () => {
    const other = await world.api();
    const id = await asked(api, await madeCampaign(api), 'ada');
    const sockets = [
      await listening(api, 'customer', 'ada', { requests: [id] }),
      await listening(other, 'customer', 'ada', { users: ['ada'] }),
      await listening(other, 'service', 'shop', { users: ['bob', 'ada'] }),
    ];
    await world.decide(1);
    for (const socket of sockets) {
      const [result] = await socket.told(1);
      expect(result).to.include({ requestId: id, status: 'issued' });
    }
    await other.close();
    expect(await sockets[1]?.closed()).to.deep.equal({ code: 1001, reason: 'shutting down' });
    sockets[0]?.socket.close();
  });

  it('tells a backend all results of a campaign, each once, many in a text', async () => {
    const campaign = await madeCampaign(api, { total: 100 });
    const socket = await listening(api, 'service', 'shop', { campaigns: [campaign] });
    const users = Array.from({ length: 300 }, (_, i) => `user-${i}`);
    await Promise.all(users.map((user) => asked(api, campaign, user)));
    await world.decide(300);
    const results = await socket.told(300);
    expect(new Set(results.map(({ userId }) => userId)).size).to.equal(300);
    expect(results.filter(({ status }) => status === 'issued')).to.have.length(100);
    expect(socket.texts.length).to.be.lessThan(100);
    socket.socket.close();
  });

  it('tells what the door refuses to who listens for the user', async () => {
    const campaign = await madeCampaign(api, { total: 1 });
    const first = await asked(api, campaign, 'ada');
    await world.decide(1);
    const sockets = [
      await listening(api, 'customer', 'ada', { users: ['ada'] }),
      await listening(api, 'service', 'shop', { users: ['bob'] }),
    ];
    const ids = [await asked(api, campaign, 'ada'), await asked(api, campaign, 'bob')];
    expect(world.undecided).to.deep.equal([]);
    const [[again] = [], [late] = []] = await Promise.all(sockets.map((socket) => socket.told(1)));
    expect(again).to.include({ requestId: ids[0], reason: 'duplicate', firstRequestId: first });
    expect(late).to.include({ requestId: ids[1], status: 'failed', reason: 'sold-out' });
    for (const { socket } of sockets) socket.close();
  });

  it('lets a ticket in once, at whichever API, and only while it is fresh', async () => {
    const other = await world.api();
    const protocols = await ticketFor(api.request, 'customer', 'ada');
    const first = await connect(other.url, protocols);
    expect(first).not.to.be.a('number');
    expect(await connect(api.url, protocols)).to.equal(401);
    expect(await connect(other.url, protocols)).to.equal(401);
    const seal = sealUnder(world.secret, TICKET_PURPOSE);
    const stale = writeTicket(seal, { subject: 'ada', role: 'customer' }, Date.now() - TICKET_MS);
    expect(await connect(api.url, ['coupon-results.v1', `ticket.${stale}`])).to.equal(401);
    await other.close();
  });

  it('lets nobody in without a ticket of ours, from another page, or to another path', async () => {
    const [version = '', ticket = ''] = await ticketFor(api.request, 'customer', 'ada');
    expect(await connect(api.url, [])).to.equal(401);
    expect(await connect(api.url, [version])).to.equal(401);
    expect(await connect(api.url, [version, 'ticket.forged'])).to.equal(401);
    expect(await connect(api.url, [version, `${ticket.slice(0, -1)}x`])).to.equal(401);
    expect(await connect(api.url, [version, ticket], { origin: 'https://evil.example' })).to.equal(403);
    expect(await connect(`${api.url}/other`, [version, ticket])).to.equal(404);
    const welcome = await connect(api.url, [version, ticket], { origin: ORIGIN });
    if (typeof welcome === 'number') throw new Error(`refused with ${welcome}`);
    expect(welcome.socket.protocol).to.equal(version);
    welcome.socket.close();
  });

  it('lets nobody in while Redis is away, for nobody knows who used a ticket', async () => {
    const alone = await world.api({}, 'redis://127.0.0.1:1');
    expect(await connect(alone.url, await ticketFor(alone.request, 'customer', 'ada'))).to.equal(503);
    await alone.close();
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
    'more requests than anybody has': { requests: Array.from({ length: 500 }, (_, i) => `r${i}`) },
    'more than a text holds': 'x'.repeat(100_000),
  };
  for (const [what, said] of Object.entries(bad)) {
    it(`closes on a customer who says ${what}`, async () => {
      const socket = await listening(api, 'customer', 'ada');
      socket.say(said);
      expect((await socket.closed()).code).to.be.oneOf([1008, 1009]);
    });
  }

  it('names ids that are forged or another’s, and listens for the rest', async () => {
    const campaign = await madeCampaign(api);
    const [own, others] = [await asked(api, campaign, 'ada'), await asked(api, campaign, 'bob')];
    const socket = await listening(api, 'customer', 'ada', { requests: [own, others, 'forged'] });
    const said = await socket.heard('listening');
    expect(said.listening).to.deep.equal({
      requests: 1,
      users: 0,
      campaigns: 0,
      unknown: [others, 'forged'],
    });
    await world.decide(2);
    await socket.told(1);
    expect(socket.results.map(({ userId }) => userId)).to.deep.equal(['ada']);
    socket.socket.close();
  });

  it('closes on one who talks too much', async () => {
    const socket = await listening(api, 'customer', 'ada');
    for (let i = 0; i < 30; i++) socket.say({ requests: [] });
    expect(await socket.closed()).to.deep.equal({ code: 1008, reason: 'messages come too often' });
  });

  it('does not mind who goes away in the middle', async () => {
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
