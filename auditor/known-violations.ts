/** The violations known now: found by a check, and forgotten once a later check of the same orders or table finds them no more. */
import type { Finding } from './invariant.ts';
import type { Found } from './slice/slice-statement.ts';

/** A bound on memory; beyond it violations are no longer added. */
const MOST = 10_000;

export interface KnownViolation {
  readonly invariant: string;
  /** The id of an order, a command, a sku, a campaign or an action. */
  readonly id: string;
  readonly what: string;
  /** Null: it is about no single order. */
  readonly orderId: string | null;
  /** When it was first found, ms. */
  readonly foundAt: number;
}

/** What a slice of the orders from `low` up to `high` has found. */
export interface SliceResult {
  readonly low: string;
  readonly high: string;
  readonly found: readonly Found[];
}

export interface KnownViolations {
  /** Notes the result of a slice, of all rules of orders. @returns the violations that were not known before */
  sliceChecked(slice: SliceResult, now: number): KnownViolation[];
  /** Notes the result of a whole table's rule. @returns the violations that were not known before */
  tableChecked(invariant: string, finding: Finding, now: number): KnownViolation[];
  /** How many an invariant has. */
  count(invariant: string): number;
  /** The first ones, by the time at which they were found. */
  first(most: number): KnownViolation[];
}

/** A violation, and the order under which a later check finds it again; null for a whole table's. */
interface Entry {
  readonly violation: KnownViolation;
  readonly position: string | null;
}

type New = Omit<Entry, 'violation'> & { readonly violation: Omit<KnownViolation, 'foundAt'> };

export function openKnownViolations(): KnownViolations {
  const known = new Map<string, Entry>();
  const counts = new Map<string, number>();
  /** Whole tables' rules name examples and count the rest. */
  const unnamed = new Map<string, number>();
  const add = (invariant: string, by: number) => counts.set(invariant, (counts.get(invariant) ?? 0) + by);

  /** Puts what was found in the place of the violations that the check covered. */
  const replace = (
    covers: (entry: Entry) => boolean,
    found: readonly New[],
    now: number,
  ): KnownViolation[] => {
    const before = new Map([...known].filter(([, entry]) => covers(entry)));
    for (const [key, { violation }] of before) {
      known.delete(key);
      add(violation.invariant, -1);
    }
    const added: KnownViolation[] = [];
    for (const { violation: one, position } of found) {
      const key = JSON.stringify(one);
      if (known.size >= MOST || known.has(key)) continue;
      const earlier = before.get(key)?.violation;
      const violation = earlier ?? { ...one, foundAt: now };
      known.set(key, { violation, position });
      add(one.invariant, 1);
      if (earlier === undefined) added.push(violation);
    }
    return added;
  };

  return {
    sliceChecked({ low, high, found }, now) {
      const isInside = (id: string | null) => id !== null && id >= low && id < high;
      const entries = found.map(({ invariant, id, what, orderId }) => ({
        violation: { invariant, id, what, orderId },
        // A damaged row may name an order of another slice.
        position: isInside(orderId) ? orderId : low,
      }));
      return replace(({ position }) => isInside(position), entries, now);
    },
    tableChecked(invariant, { violations, examples }, now) {
      unnamed.set(invariant, violations - examples.length);
      const entries = examples.map(({ id, what }) => ({
        violation: { invariant, id, what, orderId: null },
        position: null,
      }));
      return replace(
        ({ violation, position }) => position === null && violation.invariant === invariant,
        entries,
        now,
      );
    },
    count: (invariant) => (counts.get(invariant) ?? 0) + (unnamed.get(invariant) ?? 0),
    first: (most) =>
      [...known.values()]
        .map(({ violation }) => violation)
        .sort((a, b) => a.foundAt - b.foundAt)
        .slice(0, most),
  };
}
