/** A failure that a person can resolve: one sentence with advice, shown without a stack trace. */
import { refuseInProduction } from '#platform/process/production.ts';
import { out, say } from '#scripts/run/terminal.ts';

export class StackProblem extends Error {
  override name = 'StackProblem';
}

/**
 * Runs a command's main function: a problem becomes one line on stderr and its exit code, a defect keeps its stack.
 * @param usage what `--help` shows, instead of running it
 */
export async function runMain(main: () => Promise<number | undefined>, usage?: string): Promise<void> {
  // The reader may close the pipe early (`… | head -1`): the work and its exit code do not depend on it.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  if (usage !== undefined && process.argv.slice(2).includes('--help')) return out(usage);
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    const known = error instanceof StackProblem || isCircumstance(error);
    say(known ? (error as Error).message : ((error as Error).stack ?? String(error)));
    process.exitCode = 1;
  }
}

/** Refuses settings that production refuses, for a command. @throws StackProblem */
export function checkProduction(): void {
  try {
    refuseInProduction();
  } catch (error) {
    throw new StackProblem((error as Error).message);
  }
}

function isCircumstance(error: unknown): boolean {
  return ['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT'].includes((error as NodeJS.ErrnoException)?.code ?? '');
}
