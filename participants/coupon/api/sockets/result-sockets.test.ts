/** Real sockets without a stack: the server closes one that does not read its results, and still delivers to the others. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { FAILED, issuerMessage, requestIdOf, resultId } from '#participants/coupon/events.ts';
import type { StillCounts } from '#platform/identity/credentials.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { RetryableError } from '#protocol/errors.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { websocketConnections } from '../metrics.ts';
import { openLookups } from '../outcome-lookups.ts';
import { publicIds } from '../public-ids.ts';
import { sealUnder } from '../seal.ts';
import { connect, type TestSocket } from '../testing/socket.ts';
import { TICKET_PURPOSE, writeTicket } from '../ticket.ts';
import { PROTOCOL, TICKET_PROTOCOL } from './protocol.ts';
import { type ResultSockets, resultSockets } from './result-sockets.ts';

const CAMPAIGN = '0199d3c4-1234-7abc-8def-0123456789ab';
const secret = new TextEncoder().encode('a secret of at least thirty-two characters');
const tickets = sealUnder(secret, TICKET_PURPOSE);

const ADA: Principal = { subject: 'ada', role: 'customer', proof: { token: null, issuedAtMs: Date.now() } };
const BOB: Principal = { ...ADA, subject: 'bob' };

/** Tables without any decision. */
const undecided = {
  campaigns: async () => [],
  coupons: async () => [],
  couponsAfter: async () => [],
  checkpoints: async () => [],
  partitions: async () => [],
  lost: async () => [],
  epoch: async () => 'epoch',
};

function failure(userId: string, offset: number): InRecord {
  const requestId = requestIdOf(CAMPAIGN, userId, `key-${offset}`);
  const position = { partition: 0, offset, acceptedAt: '2026-11-24T12:00:00.000Z' };
  const data = { requestId, campaignId: CAMPAIGN, userId, position, reason: 'sold-out' as const };
  const at = new Date(position.acceptedAt);
  const { value } = issuerMessage('coupon.failed', resultId(requestId, position), userId, at, data);
  return {
    topic: FAILED,
    partition: 0,
    offset,
    key: userId,
    value: Buffer.from(value),
    timestamp: at.getTime(),
  };
}

describe('sockets of results', () => {
  let server: Server;
  let sockets: ResultSockets;
  let url: string;
  /** What counts; null: it cannot be read. */
  let counts: StillCounts | null;
  /** How often it could not. */
  let unknown = 0;
  beforeEach(async () => {
    counts = () => true;
    const now = () => Date.now();
    const requestIds = sealUnder(secret, 'requests');
    sockets = resultSockets({
      requestIds,
      ids: publicIds(requestIds),
      tickets,
      useTicket: async () => true,
      stillCounts: async () => {
        if (counts === null) unknown++;
        if (counts === null) throw new RetryableError('identity-unavailable', 'nobody knows');
        return counts;
      },
      lookups: openLookups(undecided, () => 0, now),
      connectionLimits: { all: 10, customer: 5, service: 5 },
      origins: [],
      log: silent,
      now,
    });
    server = createServer().on('upgrade', sockets.upgrade).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await sockets.close();
    server.closeAllConnections();
    server.close();
  });

  const ticketOf = (who: Principal) => [PROTOCOL, TICKET_PROTOCOL + writeTicket(tickets, who, Date.now())];
  const open = async (who = ADA): Promise<TestSocket> => {
    const socket = await connect(url, ticketOf(who));
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    socket.send({ users: [who.subject] });
    await socket.received('listening');
    return socket;
  };

  const openSockets = async () => (await websocketConnections.get()).values[0]?.value;

  it('close one that does not read', async () => {
    const [slow, quick] = [await open(), await open()];
    slow.socket.pause();
    let offset = 0;
    // The network's own buffers take some megabytes before the server holds unsent bytes.
    await waitUntil(
      async () => {
        sockets.take(Array.from({ length: 200 }, () => failure('ada', offset++)));
        return (await openSockets()) === 1;
      },
      Boolean,
      { everyMs: 1, what: 'the cut' },
    );
    slow.socket.resume();
    const { code } = await slow.closed();
    // 1013 when it resumed reading in time, 1006 when the server terminated it.
    expect(code).to.be.oneOf([1013, 1006]);
    expect(slow.results.length).to.be.lessThan(offset);
    await quick.resultsReceived(offset);
    expect(quick.socket.readyState).to.equal(quick.socket.OPEN);
    quick.socket.close();
  });

  it('close with 1001 at shutdown, and refuse new ones with 503', async () => {
    const socket = await open();
    await sockets.close();
    expect(await socket.closed()).to.deep.equal({ code: 1001, reason: 'shutting down' });
    expect(await connect(url, ticketOf(ADA), { isDescribed: false })).to.equal(503);
  });

  it('close with 1008 once what proved their principal is ended, and no other', async () => {
    const [ada, bob] = [await open(ADA), await open(BOB)];
    counts = ({ subject }) => subject !== 'ada';
    expect(await ada.closed()).to.deep.equal({ code: 1008, reason: 'your token or key no longer counts' });
    expect(await connect(url, ticketOf(ADA), { isDescribed: false })).to.equal(401);
    expect(bob.socket.readyState).to.equal(bob.socket.OPEN);
    bob.socket.close();
  });

  it('stay open while nobody can know what was ended, and new ones are refused with 503', async () => {
    const socket = await open();
    counts = null;
    await waitUntil(
      () => unknown,
      (times) => times >= 2,
    );
    expect(socket.socket.readyState).to.equal(socket.socket.OPEN);
    expect(await connect(url, ticketOf(ADA), { isDescribed: false })).to.equal(503);
    counts = () => false;
    expect((await socket.closed()).code).to.equal(1008);
  });
});
