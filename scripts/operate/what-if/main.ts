/** `npm run what-if`: lists the recorded sagas that would take another path under the present code. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { SagaDefinition } from '#engine/definition/definition.ts';
import type { Difference } from '#engine/replay.ts';
import { sagas } from '#orchestrator/sagas/index.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { printable } from '#platform/process/printable.ts';
import { runMain, StackProblem } from '#scripts/run/stack/problem.ts';
import { connectAsAdmin } from '#scripts/run/stack/secure/connections.ts';
import { defaultStack } from '#scripts/run/stack/stack.ts';
import { stackStatus } from '#scripts/run/stack/status.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { replayAll } from './replay-all.ts';
import { sinceMs } from './since.ts';
import { headLine, lineOf, summaryText } from './what-if-report.ts';

const SOME_DIFFER = 3;
const USAGE = 2;
/** Pages are read one after the other, and the definitions of a page beside its journals. */
const CONNECTIONS = 2;

interface Given {
  readonly since: number;
  readonly definition?: string;
  /** All without it. */
  readonly limit?: number;
  readonly module?: string;
  readonly output: 'table' | 'jsonl';
  readonly stack: string;
  readonly database?: string;
}

// The reader may close the pipe early: `npm run what-if | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const program = new Command('npm run what-if --')
  .description(
    'Replays recorded journals against the code as it stands and lists the sagas that would have gone another way: ' +
      'where it first differs, the recorded step and the new one. Ends with 0 when none would, with 3 when some would.',
  )
  .option(
    '--since <when>',
    'sagas accepted since: 30m, 12h, 7d, or a date such as 2026-11-01 or 2026-11-01T06:00Z (local time without an offset)',
    parse(since),
    0,
  )
  .option('--definition <name>', 'only sagas of this definition')
  .option('--limit <count>', 'how many at most (default: all)', parse(count))
  .option(
    '--module <file>',
    "replay under a file's `export const definitions` instead, where it has the saga's",
  )
  .addOption(
    new Option('-o, --output <format>', 'how they are listed').choices(['table', 'jsonl']).default('table'),
  )
  .option('--stack <name>', 'the local stack whose database is read', defaultStack())
  .option('--database <url>', 'another database')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE))
  .action((given: Given) => runMain(() => whatIf(given)));

await program.parseAsync();

async function whatIf(given: Given): Promise<number> {
  if (given.database === undefined) connectAsAdmin(given.stack);
  const url = given.database ?? (await stackStatus(given.stack)).postgres;
  if (url === null) {
    throw new StackProblem(
      `The stack "${given.stack}" does not run: \`npm run stack -- up\`, or name a --database.`,
    );
  }
  const startedAt = performance.now();
  const db = openDatabase(url, {
    pool: CONNECTIONS,
    processName: 'what-if',
    plans: 'probes',
    reads: 'any-server',
  });
  try {
    const isTable = given.output === 'table';
    let listed = 0;
    const list = (difference: Difference) => {
      if (isTable && listed === 0) out(headLine());
      listed += 1;
      out(printable(isTable ? lineOf(difference) : JSON.stringify(difference)));
    };
    const summary = await replayAll(
      db,
      {
        definitions: sagas(),
        ...(given.module !== undefined && { instead: await definitionsOf(given.module) }),
        sinceMs: given.since,
        definition: given.definition ?? null,
        limit: given.limit ?? Number.MAX_SAFE_INTEGER,
      },
      list,
    );
    say(summaryText(summary, performance.now() - startedAt));
    return summary.differ === 0 ? 0 : SOME_DIFFER;
  } finally {
    await db.close();
  }
}

async function definitionsOf(file: string): Promise<SagaDefinition[]> {
  const module = (await import(pathToFileURL(resolve(file)).href).catch((error: Error) => {
    throw new StackProblem(`${file} cannot be loaded: ${error.message}`, { cause: error });
  })) as { definitions?: SagaDefinition[] };
  if (!Array.isArray(module.definitions))
    throw new StackProblem(`${file} has no \`export const definitions\`.`);
  return module.definitions;
}

function since(text: string): number {
  return sinceMs(text, Date.now());
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error('Give a whole number from 1 up.');
  return value;
}

function parse(read: (text: string) => number): (text: string) => number {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}
