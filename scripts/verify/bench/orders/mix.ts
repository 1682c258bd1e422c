/** Which orders of a run cannot go well, and in which way: the same ones in every run. */

/** The intended end of an order. */
export type Kind = 'good' | 'declined' | 'sold-out' | 'unserved';

export const KINDS: readonly Kind[] = ['good', 'declined', 'sold-out', 'unserved'];

/** How each kind is to end, and why. */
export const EXPECTED: Readonly<Record<Kind, { readonly status: string; readonly reason: string | null }>> = {
  good: { status: 'completed', reason: null },
  declined: { status: 'failed', reason: 'payment.declined' },
  'sold-out': { status: 'failed', reason: 'inventory.refused' },
  unserved: { status: 'failed', reason: 'shipping.refused' },
};

/** Percent of each kind, in the order of `KINDS`. */
export type Mix = readonly [number, number, number, number];

const NAMED: Readonly<Record<string, Mix>> = { good: [100, 0, 0, 0], mixed: [85, 5, 5, 5] };

/**
 * Reads `good`, `mixed` or four percentages such as `85/5/5/5`.
 * @throws Error with the problem
 */
export function parseMix(text: string): Mix {
  const named = NAMED[text];
  if (named !== undefined) return named;
  const shares = text.split('/').map(Number);
  const [good, declined, soldOut, unserved, ...more] = shares;
  const whole = shares.every((share) => Number.isInteger(share) && share >= 0);
  if (!whole || unserved === undefined || more.length > 0 || shares.reduce((a, b) => a + b) !== 100) {
    throw new Error(
      `--mix takes good, mixed, or four whole percentages with the sum 100 (${KINDS.join('/')}), not ${text}`,
    );
  }
  return [good ?? 0, declined ?? 0, soldOut ?? 0, unserved];
}

/** Coprime to a hundred: a hundred orders in a row take every place once, and no kind comes in clumps. */
const STRIDE = 37;

/** The kind of the nth order. Each hundred in a row holds exactly its percentages. */
export function kindOf(mix: Mix, order: number): Kind {
  const place = (order * STRIDE) % 100;
  let upTo = 0;
  for (const [i, kind] of KINDS.entries()) {
    upTo += mix[i] ?? 0;
    if (place < upTo) return kind;
  }
  return 'good';
}
