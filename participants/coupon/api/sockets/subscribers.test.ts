/** Subscribers receive each of their results once, from a topic or from a lookup, whichever comes first. */
import { expect } from 'chai';
import type { WebSocket } from 'ws';
import { publicIds } from '../public-ids.ts';
import { writeRequestId } from '../request-id.ts';
import { sealUnder } from '../seal.ts';
import { newListener } from './listener.ts';
import type { ReceivedResult } from './received-result.ts';
import { openSubscribers } from './subscribers.ts';

const seal = sealUnder(new TextEncoder().encode('a secret of at least thirty-two characters'), 'test');
const CAMPAIGN = '0199d3c4-1234-7abc-8def-0123456789ab';

/** A socket that records the texts sent to it. */
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

function issued({ ref }: ReturnType<typeof requestOf>): ReceivedResult {
  const messageId = `${ref.campaignId}/${ref.userId}/${ref.key}`;
  const outcome = { status: 'issued', couponId: 'c1', validUntil: null } as const;
  return { eventId: `${messageId}/result/${ref.partition}-${ref.offset}`, messageId, ref, outcome };
}

function failed(request: ReturnType<typeof requestOf>, reason: 'sold-out' | 'not-open'): ReceivedResult {
  return { ...issued(request), outcome: { status: 'failed', reason, first: null } };
}

describe('the subscribers of results', () => {
  const setUp = (...roles: Array<'customer' | 'service'>) => {
    const subscribers = openSubscribers(seal, publicIds(seal));
    const ends = roles.map((role) => {
      const { socket, sent } = fakeSocket();
      return {
        listener: newListener(socket, { subject: 'ada', role, proof: { token: null, issuedAtMs: 0 } }, 0),
        sent,
      };
    });
    return { subscribers, ends };
  };
  const ada = requestOf('ada');

  it('delivers a request’s result once to each socket that waits for it, and ends the subscription', () => {
    const { subscribers, ends } = setUp('customer', 'customer');
    for (const { listener } of ends) subscribers.wait(listener, ada.text, ada.ref);
    subscribers.deliver([issued(ada), issued(ada)]);
    subscribers.deliver([issued(ada)]);
    const delivered = {
      requestId: ada.text,
      campaignId: CAMPAIGN,
      userId: 'ada',
      status: 'issued',
      couponId: 'c1',
    };
    for (const { sent } of ends) expect(sent).to.deep.equal([{ results: [delivered] }]);
    expect(subscribers.waiting()).to.deep.equal([]);
  });

  it('delivers a result from the topic or from a lookup, whichever comes first, and not both', () => {
    const { subscribers, ends } = setUp('customer');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    const outcome = { status: 'issued', couponId: 'c1', validUntil: null } as const;
    const receivedFirst = subscribers.wait(end.listener, ada.text, ada.ref);
    subscribers.deliver([issued(ada)]);
    subscribers.deliverLookups([{ waiting: receivedFirst, outcome }]);
    expect(end.sent).to.have.length(1);
    const bob = requestOf('bob');
    const lookedUpFirst = subscribers.wait(end.listener, bob.text, bob.ref);
    subscribers.deliverLookups([{ waiting: lookedUpFirst, outcome: { status: 'pending' } }]);
    expect(end.sent).to.have.length(1);
    subscribers.deliverLookups([{ waiting: lookedUpFirst, outcome }]);
    subscribers.deliver([issued(bob)]);
    expect(end.sent).to.have.length(2);
  });

  it('delivers a failure to sockets that wait for its message, a coupon to all that wait for the request', () => {
    const { subscribers, ends } = setUp('customer');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    const again = requestOf('ada', 'once', 2);
    subscribers.wait(end.listener, ada.text, ada.ref);
    subscribers.wait(end.listener, again.text, again.ref);
    subscribers.deliver([failed(ada, 'not-open')]);
    expect(subscribers.waiting().map(({ text }) => text)).to.deep.equal([again.text]);
    subscribers.wait(end.listener, ada.text, ada.ref);
    subscribers.deliver([issued(again)]);
    expect(subscribers.waiting()).to.deep.equal([]);
    const delivered = end.sent.flatMap(
      ({ results }) => results as Array<{ requestId: string; status: string }>,
    );
    expect(delivered.map(({ requestId, status }) => [requestId, status])).to.have.deep.members([
      [ada.text, 'failed'],
      [ada.text, 'issued'],
      [again.text, 'issued'],
    ]);
  });

  it('delivers a backend the results of users and campaigns, each once, in one text', () => {
    const { subscribers, ends } = setUp('service');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    subscribers.subscribeToUser(end.listener, 'ada');
    subscribers.subscribeToCampaign(end.listener, CAMPAIGN);
    const bob = requestOf('bob');
    subscribers.deliver([issued(ada), failed(bob, 'sold-out'), issued(ada)]);
    expect(end.sent).to.have.length(1);
    const results = end.sent[0]?.results as Array<{ requestId: string }>;
    expect(results.map(({ requestId }) => requestId)).to.deep.equal([ada.text, bob.text]);
  });

  it('says whether a user’s results concern a socket', () => {
    const { subscribers, ends } = setUp('service');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    const concerned = () => ['ada', 'bob', 'carl'].filter((user) => subscribers.concerns(user));
    expect(concerned()).to.deep.equal([]);
    subscribers.wait(end.listener, ada.text, ada.ref);
    subscribers.subscribeToUser(end.listener, 'bob');
    expect(concerned()).to.deep.equal(['ada', 'bob']);
    subscribers.subscribeToCampaign(end.listener, CAMPAIGN);
    expect(concerned()).to.deep.equal(['ada', 'bob', 'carl']);
    subscribers.remove(end.listener);
    expect(concerned()).to.deep.equal([]);
  });

  it('removes all subscriptions of a closed socket', () => {
    const { subscribers, ends } = setUp('service');
    const [end] = ends;
    if (end === undefined) throw new Error('no end');
    subscribers.wait(end.listener, ada.text, ada.ref);
    subscribers.subscribeToUser(end.listener, 'ada');
    subscribers.subscribeToCampaign(end.listener, CAMPAIGN);
    subscribers.remove(end.listener);
    subscribers.deliver([issued(ada)]);
    expect(end.sent).to.deep.equal([]);
    expect(subscribers.waiting()).to.deep.equal([]);
  });
});
