/** Real sockets without a stack: the server closes one that does not read its results, and still delivers to the others. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { FAILED, issuerMessage, requestIdOf, resultId } from '#participants/coupon/events.ts';
import { silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
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
  beforeEach(async () => {
    const now = () => Date.now();
    const requestIds = sealUnder(secret, 'requests');
    sockets = resultSockets({
      requestIds,
      ids: publicIds(requestIds),
      tickets,
      useTicket: async () => true,
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

  const open = async (): Promise<TestSocket> => {
    const ticket = writeTicket(tickets, { subject: 'ada', role: 'customer' }, Date.now());
    const socket = await connect(url, [PROTOCOL, TICKET_PROTOCOL + ticket]);
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    socket.send({ users: ['ada'] });
    await socket.received('listening');
    return socket;
  };

  const openSockets = async () => (await websocketConnections.get()).values[0]?.value;

  it('close one that does not read', async function () {
    this.timeout(20_000);
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
      { withinMs: 15_000, everyMs: 1, what: 'the cut' },
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
    const ticket = writeTicket(tickets, { subject: 'ada', role: 'customer' }, Date.now());
    const late = await connect(url, [PROTOCOL, TICKET_PROTOCOL + ticket], { isDescribed: false });
    expect(late).to.equal(503);
  });
});
