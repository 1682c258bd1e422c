/**
 * The subscriptions of all sockets, and the delivery of results to them. Results come from the topics, from the cache or
 * from lookups; each socket receives each of its results once. Without a client of Kafka or PostgreSQL.
 */
import { LRUCache } from 'lru-cache';
import { resultsDelivered } from '../metrics.ts';
import { type Outcome, outcomeView } from '../outcome.ts';
import type { PublicIds } from '../public-ids.ts';
import { isPlaced, messageIdOf, type RequestRef } from '../request-id.ts';
import type { Seal } from '../seal.ts';
import { type Listener, send, type Waiting } from './listener.ts';
import { resultsText } from './protocol.ts';
import type { ReceivedResult } from './received-result.ts';

/** Ids of delivered events, so that one published twice is delivered once: some seconds of a burst. */
const DELIVERED_EVENTS_MAX = 50_000;

export interface Subscribers {
  /** Subscribes a socket to the result of a request. */
  wait(listener: Listener, text: string, ref: RequestRef): Waiting;
  /** Subscribes a socket to all later results of a user, or of a campaign. */
  subscribeToUser(listener: Listener, userId: string): void;
  subscribeToCampaign(listener: Listener, campaignId: string): void;
  /** Whether a socket here may want results of a user; most records concern none, and need not be decoded. */
  concerns(userId: string): boolean;
  /** Delivers results from the topics or the cache. */
  deliver(results: readonly ReceivedResult[]): void;
  /** Delivers results of lookups, except to sockets that received theirs meanwhile. */
  deliverLookups(found: ReadonlyArray<{ readonly waiting: Waiting; readonly outcome: Outcome }>): void;
  /** Removes a closed socket. */
  remove(listener: Listener): void;
  /** All requests that sockets wait for. */
  waiting(): Waiting[];
}

/** Opens without subscriptions. */
export function openSubscribers(requestIds: Seal, ids: PublicIds): Subscribers {
  const waitingByUser = index<Waiting>();
  const byUser = index<Listener>();
  const byCampaign = index<Listener>();
  const deliveredEvents = new LRUCache<string, true>({ max: DELIVERED_EVENTS_MAX });

  const endWaiting = (waiting: Waiting) => {
    waiting.listener.waiting.delete(waiting.text);
    waitingByUser.remove(waiting.ref.userId, waiting);
  };
  const textOf = (text: string, ref: RequestRef, outcome: Outcome) =>
    JSON.stringify(outcomeView(requestIds, text, ref, outcome));

  const deliverOne = (result: ReceivedResult, outbox: Outbox) => {
    const isNew = !deliveredEvents.has(result.eventId);
    if (isNew) deliveredEvents.set(result.eventId, true);
    const encoded = new Map<string, string>();
    const encode = (text: string) => {
      const known = encoded.get(text) ?? textOf(text, result.ref, result.outcome);
      encoded.set(text, known);
      return known;
    };
    const recipients = new Set<Listener>();
    for (const waiting of [...(waitingByUser.get(result.ref.userId) ?? [])]) {
      if (!isAbout(result, waiting)) continue;
      endWaiting(waiting);
      recipients.add(waiting.listener);
      outbox.add(waiting.listener, encode(waiting.text));
    }
    if (!isNew) return;
    const { userId, campaignId } = result.ref;
    for (const listeners of [byUser.get(userId), byCampaign.get(campaignId)]) {
      for (const listener of listeners ?? []) {
        if (recipients.has(listener)) continue;
        recipients.add(listener);
        outbox.add(listener, encode(result.requestId ?? ids.write(result.ref)));
      }
    }
  };

  return {
    wait(listener, text, ref) {
      const waiting: Waiting = { listener, text, ref, messageId: messageIdOf(ref) };
      listener.waiting.set(text, waiting);
      waitingByUser.add(ref.userId, waiting);
      return waiting;
    },
    subscribeToUser(listener, userId) {
      listener.users.add(userId);
      byUser.add(userId, listener);
    },
    subscribeToCampaign(listener, campaignId) {
      listener.campaigns.add(campaignId);
      byCampaign.add(campaignId, listener);
    },
    concerns: (userId) =>
      byCampaign.size() > 0 || waitingByUser.get(userId) !== undefined || byUser.get(userId) !== undefined,
    deliver(results) {
      const outbox = openOutbox();
      for (const result of results) deliverOne(result, outbox);
      resultsDelivered.inc({ source: 'received' }, outbox.send());
    },
    deliverLookups(found) {
      const outbox = openOutbox();
      for (const { waiting, outcome } of found) {
        const isWaiting = waiting.listener.waiting.get(waiting.text) === waiting;
        if (!isWaiting || outcome.status === 'pending') continue;
        endWaiting(waiting);
        outbox.add(waiting.listener, textOf(waiting.text, waiting.ref, outcome));
      }
      resultsDelivered.inc({ source: 'lookup' }, outbox.send());
    },
    remove(listener) {
      for (const waiting of [...listener.waiting.values()]) endWaiting(waiting);
      for (const userId of listener.users) byUser.remove(userId, listener);
      for (const campaignId of listener.campaigns) byCampaign.remove(campaignId, listener);
    },
    waiting: () => waitingByUser.all(),
  };
}

/**
 * Whether a result belongs to a request. A coupon does whichever of the request's messages won it; a failure does only for
 * the message it names, for the brokers may have accepted another message of the request that won.
 */
function isAbout({ ref, outcome, messageId }: ReceivedResult, waiting: Waiting): boolean {
  if (waiting.messageId !== messageId) return false;
  if (outcome.status === 'issued') return true;
  const expected = waiting.ref;
  if (!isPlaced(ref)) return false;
  // Where its position is unknown, any of its messages may be the one; only these failures are all its messages'.
  if (expected.unplaced)
    return outcome.status === 'failed' && ['duplicate', 'sold-out'].includes(outcome.reason);
  return isPlaced(expected) && expected.partition === ref.partition && expected.offset === ref.offset;
}

interface Outbox {
  add(listener: Listener, result: string): void;
  /** Sends each socket one text with all its results. @returns the number of results sent */
  send(): number;
}

function openOutbox(): Outbox {
  const texts = new Map<Listener, string[]>();
  let count = 0;
  return {
    add(listener, result) {
      count += 1;
      const own = texts.get(listener);
      if (own === undefined) texts.set(listener, [result]);
      else own.push(result);
    },
    send() {
      for (const [listener, results] of texts) send(listener, resultsText(results));
      return count;
    },
  };
}

/** Several values a key; a key without values is removed. */
function index<T>() {
  const sets = new Map<string, Set<T>>();
  return {
    get: (key: string): ReadonlySet<T> | undefined => sets.get(key),
    add(key: string, value: T) {
      const set = sets.get(key);
      if (set === undefined) sets.set(key, new Set([value]));
      else set.add(value);
    },
    remove(key: string, value: T) {
      const set = sets.get(key);
      set?.delete(value);
      if (set?.size === 0) sets.delete(key);
    },
    size: () => sets.size,
    all: () => [...sets.values()].flatMap((set) => [...set]),
  };
}
