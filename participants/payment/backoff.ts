/** When an intent is looked at again after a call that came to nothing. */

const FIRST_MS = 500;
const LONGEST_MS = 60_000;

/**
 * A delay that doubles with each try, is capped, and is spread over half to one and a half of itself.
 * @param tries calls made so far, from 1
 * @param random from 0 to 1
 */
export function backoffMs(tries: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 20));
  return Math.round(Math.min(LONGEST_MS, full * (0.5 + random)));
}
