/** How the orders of a run ended, against how each was made to end. */
import { EXPECTED, KINDS, type Kind } from './mix.ts';

/** The end of an order's saga, from its row. */
export interface Ending {
  readonly status: string;
  /** Why it failed: `payment.declined`. */
  readonly reason: string | null;
  readonly endedAt: Date | null;
}

/** How the accepted orders of one kind ended. */
export interface KindOutcome {
  readonly kind: Kind;
  readonly expected: string;
  readonly accepted: number;
  readonly asExpected: number;
  /** Every other end, with how many had it. */
  readonly otherwise: Readonly<Record<string, number>>;
}

/** An end as text: `completed`, `failed (payment.declined)`, `missing`. */
export function endingOf(ending: { status: string; reason: string | null } | undefined): string {
  if (ending === undefined) return 'missing';
  return ending.reason === null ? ending.status : `${ending.status} (${ending.reason})`;
}

/** Counts the ends of accepted orders, kind by kind; kinds of which there were none are left out. */
export function outcomes(
  accepted: Iterable<{ readonly id: string; readonly kind: Kind }>,
  endings: ReadonlyMap<string, Ending>,
): KindOutcome[] {
  const found = new Map<Kind, Map<string, number>>();
  for (const { id, kind } of accepted) {
    const counts = found.get(kind) ?? new Map<string, number>();
    const ending = endingOf(endings.get(id));
    found.set(kind, counts.set(ending, (counts.get(ending) ?? 0) + 1));
  }
  return KINDS.flatMap((kind) => {
    const counts = found.get(kind);
    if (counts === undefined) return [];
    const expected = endingOf(EXPECTED[kind]);
    const otherwise = Object.fromEntries([...counts].filter(([ending]) => ending !== expected));
    const all = [...counts.values()].reduce((a, b) => a + b);
    return [{ kind, expected, accepted: all, asExpected: counts.get(expected) ?? 0, otherwise }];
  });
}
