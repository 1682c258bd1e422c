/** Retries: until success for transient failures, and the one back-off for everything that schedules its own next try. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { messageOf } from '#protocol/errors.ts';
import type { Logger } from '../process/log.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
/** 2^20 times any first delay is over any cap. */
const MAX_DOUBLINGS = 20;

/** The delays between the tries of something. */
export interface Backoff {
  readonly firstMs: number;
  /** The longest delay, before jitter. */
  readonly maxMs: number;
  /** Spreads the retries of simultaneous failures; 0.1: each delay by up to 10 % either way. */
  readonly jitter?: number;
}

/**
 * A retry delay, ms: `firstMs`, doubled so often, at most `maxMs`, then spread by the jitter.
 * @param doublings 0 for the first retry
 * @param random gives numbers from 0 to 1; without it no jitter
 */
export function backoffMs(doublings: number, backoff: Backoff, random: () => number = () => 0.5): number {
  const { firstMs, maxMs, jitter = 0 } = backoff;
  const delayMs = Math.min(maxMs, firstMs * 2 ** Math.min(doublings, MAX_DOUBLINGS));
  return Math.round(delayMs * (1 - jitter + 2 * jitter * random()));
}

/**
 * Retries transient failures forever, with capped exponential back-off.
 * @param isTransient whether a retry may succeed; throws any other failure, and any defect of the code
 * @param what names the work in the log: `deciding a batch`
 */
export async function retryForever<T>(
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  log: Logger,
  what: string,
): Promise<T> {
  const policy = retry(
    handleWhen((error) => !isDefect(error) && isTransient(error)),
    {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: MAX_DELAY_MS }),
    },
  );
  policy.onFailure(({ reason }) => {
    const error = 'error' in reason ? messageOf(reason.error) : 'unknown';
    log.throttled(`retryForever/${what}`, 'retrying', { what, error });
  });
  return policy.execute(work);
}

/** A mistake in the code: no retry mends it, so it must end the process. */
function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
