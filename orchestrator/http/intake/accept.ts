/** Stores a group of new sagas; where the database does not confirm it, finds out what became of them. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Birth, Earlier, IntakeStore } from '#orchestrator/store/intake-store.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';

/** A group whose statement certainly failed within this time is retried once: its connection was cut while idle. */
const QUICK_FAILURE_MS = 1_000;
/** How long attempts go on to settle an unknown outcome, from the first statement. Longer than one statement may take. */
const FIND_OUT_MS = 7_000;
const FIND_OUT_EVERY_MS = 300;

export type Acceptance =
  | { readonly kind: 'accepted'; readonly sagaId: string }
  /** An earlier, different request had the same key. */
  | { readonly kind: 'key-reused' }
  /** The database refused a value of the input. */
  | { readonly kind: 'refused' }
  /** The saga was not accepted, and never will be by this request. */
  | { readonly kind: 'unavailable' }
  /** The saga may have been accepted, or may be shortly: under this id, unless its key brought an earlier one. */
  | { readonly kind: 'unknown'; readonly sagaId: string };

export interface AcceptParts {
  readonly store: IntakeStore;
  readonly isDataFault: (error: unknown) => boolean;
  /** Whether a failed statement may have been carried out. */
  readonly isOutcomeUnknown: (error: unknown) => boolean;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Inserts sagas. Every further attempt keeps the ids: it waits for an attempt whose outcome is unknown, and finds its rows
 * or inserts them. So one confirmed attempt settles all earlier ones.
 * @returns an acceptance a saga, in their order; `unknown` where no attempt was confirmed
 * @throws only a data fault, when nothing was inserted
 */
export async function accept(parts: AcceptParts, births: readonly Birth[]): Promise<Acceptance[]> {
  const { store, now, log } = parts;
  const startedAt = now();
  // Sorted by key, so that two groups with the same keys cannot deadlock.
  const sorted = births.toSorted(byKey);
  let isUnknown = false;
  for (let attempt = 1; ; attempt++) {
    try {
      const inserted = await store.insert(sorted);
      const others = births.filter(({ id }) => !inserted.has(id));
      const earlier = await readEarlier(parts, others);
      return births.map((birth) =>
        inserted.has(birth.id) ? { kind: 'accepted', sagaId: birth.id } : acceptanceBy(birth, earlier),
      );
    } catch (error) {
      if (parts.isDataFault(error)) throw error;
      log.throttled('intake', 'intake-write-failed', {
        error: messageOf(error),
        count: births.length,
      });
      isUnknown ||= parts.isOutcomeUnknown(error);
      const tookMs = now() - startedAt;
      const again = isUnknown ? tookMs < FIND_OUT_MS : attempt === 1 && tookMs <= QUICK_FAILURE_MS;
      if (!again)
        return births.map(({ id }) =>
          isUnknown ? { kind: 'unknown', sagaId: id } : { kind: 'unavailable' },
        );
      if (attempt > 1) await sleep(FIND_OUT_EVERY_MS);
    }
  }
}

/** The earlier orders of those that were not inserted; null when they cannot be read. */
async function readEarlier(
  { store, log }: AcceptParts,
  births: readonly Birth[],
): Promise<ReadonlyMap<string, Earlier> | null> {
  for (const isLast of [false, true]) {
    try {
      return await store.readEarlier(births);
    } catch (error) {
      if (isLast) log.throttled('intake', 'intake-read-failed', { error: messageOf(error) });
    }
  }
  return null;
}

/** The acceptance of a saga that a confirmed statement did not insert. */
function acceptanceBy(
  { id, idempotencyKey, requestHash }: Birth,
  earlier: ReadonlyMap<string, Earlier> | null,
): Acceptance {
  const first = earlier?.get(id);
  if (first !== undefined) {
    return first.requestHash === requestHash
      ? { kind: 'accepted', sagaId: first.id }
      : { kind: 'key-reused' };
  }
  // Without a key only its own earlier attempt can stand in its way.
  if (earlier === null)
    return idempotencyKey === null ? { kind: 'accepted', sagaId: id } : { kind: 'unknown', sagaId: id };
  return { kind: 'unavailable' };
}

function byKey(a: Birth, b: Birth): number {
  const [x, y] = [`${a.customerId} ${a.idempotencyKey ?? ''}`, `${b.customerId} ${b.idempotencyKey ?? ''}`];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}
