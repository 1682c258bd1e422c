/** kill -9 of a process; the supervisor starts it again. */
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { poll } from '#scripts/run/wait-until.ts';
import type { Environment, Fault } from '../fault.ts';

const BACK_WITHIN_MS = 180_000;
const CHECK_EVERY_MS = 50;
const ANSWER_WITHIN_MS = 1_000;

/** Kills one of the processes named, each time the next of them. */
export function killing(kind: string, names: readonly string[] = [kind]): Fault {
  return {
    name: `kill ${kind}`,
    holdMs: 0,
    recoversFrom: 'beginning',
    noticed: kind === 'api' ? 'api' : null,
    stops: [kind],
    async inject(environment, nth) {
      const name = names[nth % names.length] as string;
      const before = environment.system.pids[name];
      environment.system.kill(name, 'SIGKILL');
      return () => back(environment, name, before);
    },
  };
}

/** Resolves when another process of that name is ready. */
export async function back(
  { system, signal }: Pick<Environment, 'system' | 'signal'>,
  name: string,
  before: number | undefined,
): Promise<void> {
  const isBack = async () => {
    const pid = system.pids[name];
    return (
      signal.aborted || (pid !== undefined && pid !== before && (await isReady(system.urls[name] ?? '')))
    );
  };
  if (!(await poll(isBack, BACK_WITHIN_MS, CHECK_EVERY_MS))) {
    throw new StackProblem(`${name} did not come back within ${BACK_WITHIN_MS / 1000} s`);
  }
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(
    () => null,
  );
  await answer?.text().catch(() => '');
  return answer?.status === 200;
}
