/**
 * Refusals at the door, told to those who listen for their users or campaigns. A sold-out campaign refuses thousands a
 * second: each on its own would be a write to a socket, so some milliseconds' worth are told together.
 */
import type { Lookups } from '../lookups.ts';
import type { Outcome } from '../outcome.ts';
import { messageIdOf, type Refusal, type RequestRef } from '../request-id.ts';
import type { HeardResult, Hub } from './hub.ts';

/** The request's own 202 is just on its way; results of the topics are gathered as long under load. */
const GATHER_MS = 8;
/** Certain at the door: all who have a coupon were remembered, and its user was none of them. */
const SOLD_OUT: Outcome = { status: 'failed', reason: 'sold-out', first: null };

export type RefusedRef = RequestRef & { readonly refused: Refusal };

export interface Refusals {
  /** Tells one soon. */
  tell(ref: RefusedRef, requestId: string): void;
  /** Tells at once what is held. */
  flush(): void;
}

/** Nothing is held at first; what is, is bounded by what the API takes in within the gathering time. */
export function openRefusals(hub: Pick<Hub, 'concerns' | 'tell'>, lookups: Lookups): Refusals {
  let held: HeardResult[] = [];
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const all = held;
    held = [];
    if (all.length > 0) hub.tell(all);
  };

  const hold = (ref: RefusedRef, requestId: string, outcome: Outcome) => {
    held.push({ eventId: requestId, messageId: messageIdOf(ref), ref, requestId, outcome });
    timer ??= setTimeout(flush, GATHER_MS);
  };

  /** The rows know the first request of a duplicate. */
  const lookUp = async (ref: RefusedRef, requestId: string) => {
    const outcome = await lookups.add(ref)?.catch(() => null);
    if (outcome != null && outcome !== 'too-late') hold(ref, requestId, outcome);
  };

  return {
    tell(ref, requestId) {
      if (!hub.concerns(ref.userId)) return;
      if (ref.refused === 'sold-out') hold(ref, requestId, SOLD_OUT);
      else void lookUp(ref, requestId);
    },
    flush,
  };
}
