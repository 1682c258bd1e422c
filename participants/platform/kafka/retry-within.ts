/** Retries a call to the brokers until it succeeds, fails for good, or runs out of time. */
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 250;

/**
 * @param call receives the number of the attempt, from 0, so that it can choose another broker
 * @param isPermanent whether an error would come back at every attempt
 * @throws the last error, or an error that names the time-out while an attempt is under way
 */
export async function retryWithin<T>(
  withinMs: number,
  call: (attempt: number) => Promise<T>,
  isPermanent: (error: unknown) => boolean,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let lastError: unknown;
  for (let attempt = 0; ; attempt++) {
    const timeOut = Promise.withResolvers<never>();
    const timer = setTimeout(
      () =>
        timeOut.reject(new Error(`the brokers did not answer within ${withinMs} ms`, { cause: lastError })),
      Math.max(0, deadline - performance.now()),
    );
    try {
      return await Promise.race([call(attempt), timeOut.promise]);
    } catch (error) {
      if (isPermanent(error) || performance.now() + RETRY_MS >= deadline) throw error;
      lastError = error;
    } finally {
      clearTimeout(timer);
    }
    await sleep(RETRY_MS);
  }
}
