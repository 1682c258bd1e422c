/**
 * Delivers refusals that the API took from the cache, which are on no topic. A sold-out campaign refuses thousands of
 * requests a second, so the refusals of some milliseconds share one write to a socket.
 */
import type { First, Outcome } from '../outcome.ts';
import { messageIdOf, type RefusedRef } from '../request-id.ts';
import type { ReceivedResult } from './received-result.ts';
import type { Subscribers } from './subscribers.ts';

/** The API is just sending the request's 202; under load the topics' results linger as long. */
const LINGER_MS = 8;

export interface CachedRefusals {
  /** Delivers one within the linger. `first`: of a duplicate, the request that has the coupon, as the cache holds it. */
  deliver(ref: RefusedRef, requestId: string, first: First | null): void;
  /** Delivers all held refusals at once. */
  flush(): void;
}

/** Holds at most the refusals of one linger, which the API's intake bounds. */
export function openCachedRefusals(subscribers: Pick<Subscribers, 'concerns' | 'deliver'>): CachedRefusals {
  let held: ReceivedResult[] = [];
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const all = held;
    held = [];
    if (all.length > 0) subscribers.deliver(all);
  };

  return {
    deliver(ref, requestId, first) {
      if (!subscribers.concerns(ref.userId)) return;
      const outcome: Outcome = { status: 'failed', reason: ref.refused, first };
      held.push({ eventId: requestId, messageId: messageIdOf(ref), ref, requestId, outcome });
      timer ??= setTimeout(flush, LINGER_MS);
    },
    flush,
  };
}
