/** Handles the texts of a client: checks its rate, its rights and its bounds, and subscribes its socket. */
import { type Buckets, buckets } from '#platform/http/buckets.ts';
import { readRequestId } from '../request-id.ts';
import type { Seal } from '../seal.ts';
import type { Housekeeping } from './housekeeping.ts';
import { cut, type Listener, send, type Waiting } from './listener.ts';
import { listeningText, readSubscription, type Subscription } from './protocol.ts';
import type { Subscribers } from './subscribers.ts';

/** How many subscriptions one socket may hold at once, and how many texts its user may send. */
const LIMITS = {
  customer: { waiting: 200, users: 1, campaigns: 0, texts: { perSecond: 2, burst: 20 } },
  backend: { waiting: 20_000, users: 20_000, campaigns: 100, texts: { perSecond: 200, burst: 400 } },
} as const;
/** Unknown ids listed in an answer. */
const UNKNOWN_MAX = 20;
const KEYS_MAX = 50_000;

export interface Conversation {
  receive(listener: Listener, text: string): void;
}

/** One conversation handles all sockets; their rates are counted by user. */
export function conversation(parts: {
  readonly subscribers: Subscribers;
  readonly housekeeping: Pick<Housekeeping, 'check'>;
  readonly requestIds: Seal;
  readonly now: () => number;
}): Conversation {
  const texts = {
    customer: buckets(LIMITS.customer.texts, KEYS_MAX),
    backend: buckets(LIMITS.backend.texts, KEYS_MAX),
  };
  return {
    receive(listener, text) {
      const kind = listener.principal.role === 'customer' ? 'customer' : 'backend';
      if (isTooOften(texts[kind], listener, parts.now())) return cut(listener, 'too-often');
      const subscription = readSubscription(text);
      if (subscription === null) return cut(listener, 'bad-message');
      if (!maySubscribe(listener, subscription)) return cut(listener, 'forbidden');
      if (isTooMuch(listener, subscription, LIMITS[kind])) return cut(listener, 'too-many');
      listen(listener, subscription);
    },
  };

  function listen(listener: Listener, { requests, users, campaigns }: Subscription): void {
    const { subscribers, housekeeping, requestIds } = parts;
    for (const user of users) subscribers.subscribeToUser(listener, user);
    for (const campaign of campaigns) subscribers.subscribeToCampaign(listener, campaign);
    const unknown: string[] = [];
    const registered: Waiting[] = [];
    for (const text of requests) {
      if (listener.waiting.has(text)) continue;
      const ref = readRequestId(requestIds, text);
      const isTheirs = listener.principal.role !== 'customer' || ref?.userId === listener.principal.subject;
      if (ref !== null && isTheirs) registered.push(subscribers.wait(listener, text, ref));
      else if (unknown.length < UNKNOWN_MAX) unknown.push(text);
    }
    send(
      listener,
      listeningText({
        requests: listener.waiting.size,
        users: listener.users.size,
        campaigns: listener.campaigns.size,
        unknown,
      }),
    );
    // The subscription precedes the lookup, so that one of the two delivers a decision in between.
    if (registered.length > 0) void housekeeping.check(registered);
  }
}

function isTooOften(bucket: Buckets, { principal }: Listener, nowMs: number): boolean {
  return bucket.take(principal.subject, nowMs) > 0;
}

function maySubscribe({ principal }: Listener, { users, campaigns }: Subscription): boolean {
  if (principal.role === 'service') return true;
  return campaigns.length === 0 && users.every((user) => user === principal.subject);
}

function isTooMuch(
  listener: Listener,
  subscription: Subscription,
  limits: { readonly waiting: number; readonly users: number; readonly campaigns: number },
): boolean {
  return (
    listener.waiting.size + subscription.requests.length > limits.waiting ||
    new Set([...listener.users, ...subscription.users]).size > limits.users ||
    new Set([...listener.campaigns, ...subscription.campaigns]).size > limits.campaigns
  );
}
