/** Runs many seeds on several worker processes, and collects their reports. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { SeedReport, Work } from './worker.ts';

/** Seeds handed out at a time. */
const AT_ONCE = { memory: 50, pglite: 5 } as const;

export interface ManyOptions {
  readonly workers: number;
  /** SeedReport of each seed as it ends; true: enough, no more are handed out. */
  readonly onReport: (report: SeedReport) => boolean;
  /** More arguments for Node, such as a hook that changes the loaded code. */
  readonly execArgv?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Runs all the work in its order; each free worker takes the next piece.
 * @throws Error when a worker dies
 */
export async function runMany(work: readonly Work[], options: ManyOptions): Promise<void> {
  const waiting = work.flatMap(inPieces);
  let enough = false;
  await Promise.all(
    Array.from({ length: Math.min(options.workers, waiting.length) }, () => {
      const child = fork(join(import.meta.dirname, 'worker.ts'), {
        execArgv: [...process.execArgv, ...(options.execArgv ?? [])],
        env: { ...process.env, ...options.environment },
      });
      return served(
        child,
        () => (enough ? undefined : waiting.shift()),
        (report) => {
          enough ||= options.onReport(report);
          return enough;
        },
      );
    }),
  );
}

/** Hands one worker its pieces until there are no more. */
function served(
  child: ChildProcess,
  next: () => Work | undefined,
  onReport: (report: SeedReport) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let over = false;
    const end = () => {
      over = true;
      child.kill();
    };
    const hand = () => {
      const work = next();
      if (work === undefined) end();
      else child.send(work);
    };
    child.on('message', (message: SeedReport | 'done') => {
      if (over) return;
      if (message === 'done') hand();
      else if (onReport(message)) end();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      over ? resolve() : reject(new Error(`a worker of the simulation ended: ${signal ?? code}`)),
    );
    hand();
  });
}

function inPieces({ scene, backend, from, count }: Work): Work[] {
  const size = AT_ONCE[backend];
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    scene,
    backend,
    from: from + i * size,
    count: Math.min(size, count - i * size),
  }));
}
