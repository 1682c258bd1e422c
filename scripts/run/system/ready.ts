/** Waits until processes report ready on `/readyz`. */
import { readFileSync } from 'node:fs';
import { StackProblem } from '../stack/problem.ts';
import { poll } from '../wait-until.ts';
import type { Child } from './child.ts';

const answerWithinMs = 2_000;
const mostDeaths = 3;

/**
 * Resolves when every child has answered 200 on `/readyz`.
 * @throws StackProblem naming those that have not within the bound, or that died three times instead
 */
export async function allReady(
  children: [Child, string][],
  withinMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const problems = await Promise.all(
    children.map(([child, url]) => whyNotReady(child, url, withinMs, signal)),
  );
  if (signal?.aborted) throw new StackProblem('found to stop while starting');
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new StackProblem(found.join('\n'));
}

async function whyNotReady(
  child: Child,
  url: string,
  withinMs: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const before = child.deaths();
  let last = 'no answer';
  const outcome = await poll(
    async () => {
      if (signal?.aborted) return 'aborted' as const;
      if (child.deaths() - before >= mostDeaths) return 'died' as const;
      last = await answerOf(`${url}/readyz`);
      return last === '' ? ('ready' as const) : undefined;
    },
    withinMs,
    100,
  );
  if (outcome === 'ready' || outcome === 'aborted') return undefined;
  const what = outcome === 'died' ? `died ${mostDeaths} times while starting` : `is not ready (${last})`;
  return `${child.name} ${what}. Its log ends: ${lastLines(child.logFile)} (${child.logFile})`;
}

async function answerOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) });
    const body = await response.text();
    return response.status === 200 ? '' : `${response.status} ${body.slice(0, 200)}`;
  } catch (error) {
    return ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
  }
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ').slice(-600);
  } catch {
    return '(no log)';
  }
}
