/** What a client says on its socket, and what is done about it. */
import { type Buckets, buckets } from '../buckets.ts';
import { readRequestId } from '../request-id.ts';
import type { Seal } from '../seal.ts';
import type { Watch } from './housekeeping.ts';
import { cut, type Listener, send, type Waiting } from './listener.ts';
import { listeningText, readWanted, type Wanted } from './protocol.ts';
import type { Hub } from './subscribers.ts';

/** What one socket may listen for at once, and how many texts it may send. */
const LIMITS = {
  customer: { waiting: 200, users: 1, campaigns: 0, texts: { perSecond: 2, burst: 20 } },
  backend: { waiting: 20_000, users: 20_000, campaigns: 100, texts: { perSecond: 200, burst: 400 } },
} as const;
/** Unknown ids named in an answer. */
const UNKNOWN_MAX = 20;
const KEYS_MAX = 50_000;

export interface Conversation {
  heard(listener: Listener, text: string): void;
}

/** How the conversation with any socket goes. */
export function conversation(parts: {
  readonly hub: Hub;
  readonly watch: Pick<Watch, 'look'>;
  readonly requestIds: Seal;
  readonly now: () => number;
}): Conversation {
  const texts = {
    customer: buckets(LIMITS.customer.texts, KEYS_MAX),
    backend: buckets(LIMITS.backend.texts, KEYS_MAX),
  };
  return {
    heard(listener, text) {
      const kind = listener.principal.role === 'customer' ? 'customer' : 'backend';
      if (isTooOften(texts[kind], listener, parts.now())) return cut(listener, 'too-often');
      const wanted = readWanted(text);
      if (wanted === null) return cut(listener, 'bad-message');
      if (!mayHear(listener, wanted)) return cut(listener, 'forbidden');
      if (isTooMuch(listener, wanted, LIMITS[kind])) return cut(listener, 'too-many');
      listen(listener, wanted);
    },
  };

  function listen(listener: Listener, { requests, users, campaigns }: Wanted): void {
    const { hub, watch, requestIds } = parts;
    for (const user of users) hub.hearUser(listener, user);
    for (const campaign of campaigns) hub.hearCampaign(listener, campaign);
    const unknown: string[] = [];
    const registered: Waiting[] = [];
    for (const text of requests) {
      if (listener.waiting.has(text)) continue;
      const ref = readRequestId(requestIds, text);
      const isTheirs = listener.principal.role !== 'customer' || ref?.userId === listener.principal.subject;
      if (ref !== null && isTheirs) registered.push(hub.wait(listener, text, ref));
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
    // Registered first, looked up then: what is decided in between is told by one of the two.
    if (registered.length > 0) void watch.look(registered);
  }
}

function isTooOften(bucket: Buckets, { principal }: Listener, nowMs: number): boolean {
  return bucket.take(principal.subject, nowMs) > 0;
}

function mayHear({ principal }: Listener, { users, campaigns }: Wanted): boolean {
  if (principal.role === 'service') return true;
  return campaigns.length === 0 && users.every((user) => user === principal.subject);
}

function isTooMuch(
  listener: Listener,
  wanted: Wanted,
  limits: { readonly waiting: number; readonly users: number; readonly campaigns: number },
): boolean {
  return (
    listener.waiting.size + wanted.requests.length > limits.waiting ||
    new Set([...listener.users, ...wanted.users]).size > limits.users ||
    new Set([...listener.campaigns, ...wanted.campaigns]).size > limits.campaigns
  );
}
