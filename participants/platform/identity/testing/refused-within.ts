/** For tests: a credential that no longer counts is refused in time, however slowly this machine answers. */
import { waitUntil } from '#scripts/run/wait-until.ts';

/**
 * Uses the credential again and again until it is refused. The promise is about when a request begins: one that began in time may be
 * answered late and still be accepted.
 * @param promiseMs from the call on; a request that begins later must not be accepted
 * @param use uses the credential
 * @param isAccepted what is not refused, without it; an answer may be neither
 * @throws Error when a request that began after the promise was accepted
 */
export async function refusedWithin<Seen>(
  promiseMs: number,
  use: () => Promise<Seen>,
  isRefused: (seen: Seen) => boolean,
  isAccepted = (seen: Seen): boolean => !isRefused(seen),
): Promise<void> {
  const from = performance.now();
  await waitUntil(
    async () => {
      const beganMs = performance.now() - from;
      const seen = await use();
      if (beganMs > promiseMs && isAccepted(seen))
        throw new Error(`accepted ${Math.round(beganMs)} ms afterwards, not only within ${promiseMs} ms`);
      return seen;
    },
    isRefused,
    { what: 'the refusal' },
  );
}
