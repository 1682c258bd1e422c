/** A failure a person can act on: its message is one sentence and a way out, shown without a stack trace. */
export class StackProblem extends Error {
  override name = 'StackProblem';
}

/** Runs a command's main function: a problem becomes one line on stderr and its exit code, a defect keeps its stack. */
export async function runMain(main: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    const known = error instanceof StackProblem || isCircumstance(error);
    process.stderr.write(`${known ? (error as Error).message : ((error as Error).stack ?? error)}\n`);
    process.exitCode = 1;
  }
}

function isCircumstance(error: unknown): boolean {
  return ['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT'].includes((error as NodeJS.ErrnoException)?.code ?? '');
}
