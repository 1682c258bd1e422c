/** Runs a list of jobs, a few at once. */

/** A piece of work; its result says whether further jobs begin. */
export type Job = () => Promise<boolean>;

/**
 * Runs the jobs, the first ones first, and resolves when all that began have ended.
 * @param concurrency how many run at once
 * @returns whether every job returned true; after the first that did not, no other begins
 * @throws the first error of a job, once the others have ended
 */
export async function runConcurrently(jobs: readonly Job[], concurrency: number): Promise<boolean> {
  const waiting = [...jobs];
  let goesOn = true;
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined && goesOn; job = waiting.shift()) {
      try {
        if (!(await job())) goesOn = false;
      } catch (error) {
        goesOn = false;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return goesOn;
}
