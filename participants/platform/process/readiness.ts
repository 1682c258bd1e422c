/** Checks whether a process is ready, with a bound: a server that is gone leaves a check without an answer. */
import { messageOf } from '#protocol/errors.ts';

/** The reason why a process is not ready; null when it is. */
export type Readiness = () => Promise<string | null> | string | null;

/** Shorter than a prober waits. */
const ANSWER_WITHIN_MS = 3_000;

const underway = new WeakMap<Readiness, Promise<string | null>>();

/**
 * Checks, unless a check is under way: one probe after another would otherwise take every connection to a server that does
 * not answer.
 */
export async function checkOnce(readiness: Readiness, withinMs = ANSWER_WITHIN_MS): Promise<string | null> {
  let check = underway.get(readiness);
  if (check === undefined) {
    check = Promise.resolve()
      .then(readiness)
      .catch(messageOf)
      .finally(() => underway.delete(readiness));
    underway.set(readiness, check);
  }
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`the check has no answer within ${withinMs} ms`), withinMs);
  return Promise.race([check, late.promise]).finally(() => clearTimeout(timer));
}
