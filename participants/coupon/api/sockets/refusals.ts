/**
 * Refusals at the door, told to those who listen for their users or campaigns. A sold-out campaign refuses thousands a
 * second: each on its own would be a write to a socket, so some milliseconds' worth are told together.
 */
import type { First, Outcome } from '../outcome.ts';
import { messageIdOf, type Refusal, type RequestRef } from '../request-id.ts';
import type { HeardResult, Hub } from './subscribers.ts';

/** The request's own 202 is just on its way; results of the topics are gathered as long under load. */
const LINGER_MS = 8;

export type RefusedRef = RequestRef & { readonly refused: Refusal };

export interface Refusals {
  /** Tells one soon. `first`: of a duplicate, the request that has the coupon; the door knows it, or would not refuse. */
  tell(ref: RefusedRef, requestId: string, first: First | null): void;
  /** Tells at once what is held. */
  flush(): void;
}

/** Nothing is held at first; what is, is bounded by what the API takes in within the gathering time. */
export function openRefusals(hub: Pick<Hub, 'concerns' | 'tell'>): Refusals {
  let held: HeardResult[] = [];
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const all = held;
    held = [];
    if (all.length > 0) hub.tell(all);
  };

  return {
    tell(ref, requestId, first) {
      if (!hub.concerns(ref.userId)) return;
      const outcome: Outcome = { status: 'failed', reason: ref.refused, first };
      held.push({ eventId: requestId, messageId: messageIdOf(ref), ref, requestId, outcome });
      timer ??= setTimeout(flush, LINGER_MS);
    },
    flush,
  };
}
