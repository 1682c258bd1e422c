/** Tries again for as long as it takes: for causes that pass, such as a database or a broker that is away. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { messageOf } from '#protocol/errors.ts';
import type { Logger } from '../process/log.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/**
 * Calls `work` until it works, with a growing, jittered, capped delay.
 * @param passes whether a failure's cause passes by itself; any other failure, and any defect of the code, is thrown
 */
export async function retryForever<T>(
  work: () => Promise<T>,
  passes: (error: unknown) => boolean,
  log: Logger,
  what: string,
): Promise<T> {
  const policy = retry(
    handleWhen((error) => !isDefect(error) && passes(error)),
    {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: LONGEST_DELAY_MS }),
    },
  );
  policy.onFailure(({ reason }) => {
    const error = 'error' in reason ? messageOf(reason.error) : 'unknown';
    log.throttled(`retryForever/${what}`, `${what} failed, trying again`, { error });
  });
  return policy.execute(work);
}

/** A mistake in the code, which no waiting mends: it must end the process rather than be tried for ever. */
function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
