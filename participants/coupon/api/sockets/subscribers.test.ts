/** Who is told which results: each once, to whom it concerns, whether it was heard or looked up first. */
import { expect } from 'chai';
import type { WebSocket } from 'ws';
import { publicIds } from '../public-ids.ts';
import { writeRequestId } from '../request-id.ts';
import { sealUnder } from '../seal.ts';
import { newListener } from './listener.ts';
import { type HeardResult, openHub } from './subscribers.ts';

const seal = sealUnder(new TextEncoder().encode('a secret of at least thirty-two characters'), 'test');
const CAMPAIGN = '0199d3c4-1234-7abc-8def-0123456789ab';

/** A socket that remembers what it was sent; nothing else of it is used. */
function fakeSocket() {
  const sent: Array<Record<string, unknown>> = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send: (text: string) => sent.push(JSON.parse(text)),
    close: () => {},
    terminate: () => {},
  } as unknown as WebSocket;
  return { socket, sent };
}

function requestOf(userId: string, key = 'once', offset = 1) {
  const ref = { campaignId: CAMPAIGN, userId, key, acceptedAtMs: 1_790_000_000_000, partition: 3, offset };
  return { ref, text: writeRequestId(seal, ref) };
}

function issued({ ref }: ReturnType<typeof requestOf>): HeardResult {
  const messageId = `${ref.campaignId}/${ref.userId}/${ref.key}`;
  const outcome = { status: 'issued', couponId: 'c1', validUntil: null } as const;
  return { eventId: `${messageId}/result/${ref.partition}-${ref.offset}`, messageId, ref, outcome };
}

function failed(request: ReturnType<typeof requestOf>, reason: 'sold-out' | 'not-open'): HeardResult {
  return { ...issued(request), outcome: { status: 'failed', reason, first: null } };
}

describe('the hub', () => {
  const setUp = (...roles: Array<'customer' | 'service'>) => {
    const hub = openHub(seal, publicIds(seal));
    const ends = roles.map((role) => {
      const { socket, sent } = fakeSocket();
      return { listener: newListener(socket, { subject: 'ada', role }, 0), sent };
    });
    return { hub, ends };
  };
  const ada = requestOf('ada');

  it('tells a request’s result to all who wait for it, once, and waits no longer', () => {
    const { hub, ends } = setUp('customer', 'customer');
    for (const { listener } of ends) hub.wait(listener, ada.text, ada.ref);
    hub.tell([issued(ada), issued(ada)]);
    hub.tell([issued(ada)]);
    const told = {
      requestId: ada.text,
      campaignId: CAMPAIGN,
      userId: 'ada',
      status: 'issued',
      couponId: 'c1',
    };
    for (const { sent } of ends) expect(sent).to.deep.equal([{ results: [told] }]);
    expect(hub.waiting()).to.deep.equal([]);
  });

  it('tells what was heard first, or looked up first, and not the other', () => {
    const { hub, ends } = setUp('customer');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    const outcome = { status: 'issued', couponId: 'c1', validUntil: null } as const;
    const heardFirst = hub.wait(end.listener, ada.text, ada.ref);
    hub.tell([issued(ada)]);
    hub.tellLookedUp([{ waiting: heardFirst, outcome }]);
    expect(end.sent).to.have.length(1);
    const bob = requestOf('bob');
    const lookedUpFirst = hub.wait(end.listener, bob.text, bob.ref);
    hub.tellLookedUp([{ waiting: lookedUpFirst, outcome: { status: 'pending' } }]);
    expect(end.sent).to.have.length(1);
    hub.tellLookedUp([{ waiting: lookedUpFirst, outcome }]);
    hub.tell([issued(bob)]);
    expect(end.sent).to.have.length(2);
  });

  it('tells a failure only to who waits for that message, a coupon to all of the request', () => {
    const { hub, ends } = setUp('customer');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    const again = requestOf('ada', 'once', 2);
    hub.wait(end.listener, ada.text, ada.ref);
    hub.wait(end.listener, again.text, again.ref);
    hub.tell([failed(ada, 'not-open')]);
    expect(hub.waiting().map(({ text }) => text)).to.deep.equal([again.text]);
    hub.wait(end.listener, ada.text, ada.ref);
    hub.tell([issued(again)]);
    expect(hub.waiting()).to.deep.equal([]);
    const told = end.sent.flatMap(({ results }) => results as Array<{ requestId: string; status: string }>);
    expect(told.map(({ requestId, status }) => [requestId, status])).to.have.deep.members([
      [ada.text, 'failed'],
      [ada.text, 'issued'],
      [again.text, 'issued'],
    ]);
  });

  it('tells a backend the results of users and campaigns, each once, in one text', () => {
    const { hub, ends } = setUp('service');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    hub.hearUser(end.listener, 'ada');
    hub.hearCampaign(end.listener, CAMPAIGN);
    const bob = requestOf('bob');
    hub.tell([issued(ada), failed(bob, 'sold-out'), issued(ada)]);
    expect(end.sent).to.have.length(1);
    const results = end.sent[0]?.results as Array<{ requestId: string }>;
    expect(results.map(({ requestId }) => requestId)).to.deep.equal([ada.text, bob.text]);
  });

  it('knows whose results concern anybody here', () => {
    const { hub, ends } = setUp('service');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    const concerned = () => ['ada', 'bob', 'carl'].filter((user) => hub.concerns(user));
    expect(concerned()).to.deep.equal([]);
    hub.wait(end.listener, ada.text, ada.ref);
    hub.hearUser(end.listener, 'bob');
    expect(concerned()).to.deep.equal(['ada', 'bob']);
    hub.hearCampaign(end.listener, CAMPAIGN);
    expect(concerned()).to.deep.equal(['ada', 'bob', 'carl']);
    hub.leave(end.listener);
    expect(concerned()).to.deep.equal([]);
  });

  it('forgets all of a socket that leaves', () => {
    const { hub, ends } = setUp('service');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    hub.wait(end.listener, ada.text, ada.ref);
    hub.hearUser(end.listener, 'ada');
    hub.hearCampaign(end.listener, CAMPAIGN);
    hub.leave(end.listener);
    hub.tell([issued(ada)]);
    expect(end.sent).to.deep.equal([]);
    expect(hub.waiting()).to.deep.equal([]);
  });
});
