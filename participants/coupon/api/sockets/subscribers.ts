/**
 * Who listens for which results, and telling them. It knows neither Kafka nor PostgreSQL: results are given to it, heard
 * from the topics or looked up, and each is told once to each socket that waits for it.
 */
import { LRUCache } from 'lru-cache';
import { resultsDelivered } from '../metrics.ts';
import { type Outcome, outcomeView } from '../outcome.ts';
import type { PublicIds } from '../public-ids.ts';
import { messageIdOf, type RequestRef } from '../request-id.ts';
import type { Seal } from '../seal.ts';
import { type Listener, send, type Waiting } from './listener.ts';
import { resultsText } from './protocol.ts';

/** Results remembered so that one published twice is not told twice: some seconds of a burst. */
const HEARD_MAX = 50_000;

/** A result as it was heard. */
export interface HeardResult {
  /** The event's id: the same whenever the result is published again. */
  readonly eventId: string;
  readonly messageId: string;
  /** Its request, by the place of the message that was decided; of a coupon, of the one that won. */
  readonly ref: RequestRef;
  /** Its public id, where somebody made it already: sealing costs more than telling. */
  readonly requestId?: string;
  readonly outcome: Outcome;
}

export interface Hub {
  /** Waits for a request on behalf of a socket. */
  wait(listener: Listener, text: string, ref: RequestRef): Waiting;
  /** Hears all results of a user, or of a campaign, from now on. */
  hearUser(listener: Listener, userId: string): void;
  hearCampaign(listener: Listener, campaignId: string): void;
  /** Whether anybody listens for results of a user; most are of nobody here, and need not even be read. */
  concerns(userId: string): boolean;
  /** Tells results that were heard from the topics. */
  tell(results: readonly HeardResult[]): void;
  /** Tells what was looked up for a socket's requests, unless it was told meanwhile. */
  tellLookedUp(found: ReadonlyArray<{ readonly waiting: Waiting; readonly outcome: Outcome }>): void;
  /** Forgets a socket that is closed. */
  leave(listener: Listener): void;
  /** All that is waited for. */
  waiting(): Waiting[];
}

/** Nobody listens at first. */
export function openHub(requestIds: Seal, ids: PublicIds): Hub {
  const waitingByUser = index<Waiting>();
  const byUser = index<Listener>();
  const byCampaign = index<Listener>();
  const heard = new LRUCache<string, true>({ max: HEARD_MAX });

  const forget = (waiting: Waiting) => {
    waiting.listener.waiting.delete(waiting.text);
    waitingByUser.remove(waiting.ref.userId, waiting);
  };
  const textOf = (text: string, ref: RequestRef, outcome: Outcome) =>
    JSON.stringify(outcomeView(requestIds, text, ref, outcome));

  const tellOne = (result: HeardResult, outbox: Outbox) => {
    const isNew = !heard.has(result.eventId);
    if (isNew) heard.set(result.eventId, true);
    const encoded = new Map<string, string>();
    const encode = (text: string) => {
      const known = encoded.get(text) ?? textOf(text, result.ref, result.outcome);
      encoded.set(text, known);
      return known;
    };
    const told = new Set<Listener>();
    for (const waiting of [...(waitingByUser.get(result.ref.userId) ?? [])]) {
      if (!isAbout(result, waiting)) continue;
      forget(waiting);
      told.add(waiting.listener);
      outbox.add(waiting.listener, encode(waiting.text));
    }
    if (!isNew) return;
    const { userId, campaignId } = result.ref;
    for (const listeners of [byUser.get(userId), byCampaign.get(campaignId)]) {
      for (const listener of listeners ?? []) {
        if (told.has(listener)) continue;
        told.add(listener);
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
    hearUser(listener, userId) {
      listener.users.add(userId);
      byUser.add(userId, listener);
    },
    hearCampaign(listener, campaignId) {
      listener.campaigns.add(campaignId);
      byCampaign.add(campaignId, listener);
    },
    concerns: (userId) =>
      byCampaign.size() > 0 || waitingByUser.get(userId) !== undefined || byUser.get(userId) !== undefined,
    tell(results) {
      const outbox = openOutbox();
      for (const result of results) tellOne(result, outbox);
      resultsDelivered.inc({ source: 'received' }, outbox.send());
    },
    tellLookedUp(found) {
      const outbox = openOutbox();
      for (const { waiting, outcome } of found) {
        const isWaiting = waiting.listener.waiting.get(waiting.text) === waiting;
        if (!isWaiting || outcome.status === 'pending') continue;
        forget(waiting);
        outbox.add(waiting.listener, textOf(waiting.text, waiting.ref, outcome));
      }
      resultsDelivered.inc({ source: 'looked-up' }, outbox.send());
    },
    leave(listener) {
      for (const waiting of [...listener.waiting.values()]) forget(waiting);
      for (const userId of listener.users) byUser.remove(userId, listener);
      for (const campaignId of listener.campaigns) byCampaign.remove(campaignId, listener);
    },
    waiting: () => waitingByUser.all(),
  };
}

/**
 * Whether a result is that of a request. A coupon is the request's whichever of its messages won it; a failure only that
 * of the message it names, for another one of the same request may have been accepted later and have won.
 */
function isAbout({ ref, outcome, messageId }: HeardResult, waiting: Waiting): boolean {
  if (waiting.messageId !== messageId) return false;
  if (outcome.status === 'issued') return true;
  const waitedFor = waiting.ref;
  return (
    ref.refused === undefined &&
    waitedFor.refused === undefined &&
    waitedFor.partition === ref.partition &&
    waitedFor.offset === ref.offset
  );
}

interface Outbox {
  add(listener: Listener, result: string): void;
  /** Sends each socket one text with all its results. @returns how many results were sent */
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

/** Several values a key; a key without any takes no room. */
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
