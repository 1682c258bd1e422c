/** Runs a list of jobs, a few at once. */

/** A piece of work. */
export type Job = () => Promise<void>;

/**
 * Runs the jobs, the first ones first, and resolves when all have ended. After a job that throws, no other begins.
 * @param concurrency how many run at once
 * @throws the first error of a job, once the others have ended
 */
export async function runConcurrently(jobs: readonly Job[], concurrency: number): Promise<void> {
  const waiting = [...jobs];
  let goesOn = true;
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined && goesOn; job = waiting.shift()) {
      try {
        await job();
      } catch (error) {
        goesOn = false;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
