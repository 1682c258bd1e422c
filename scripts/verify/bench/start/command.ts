/** `npm run bench -- start`: from `npm start` to the first accepted order, and from a killed engine until all flows again. */
import { Command } from 'commander';
import { runMain } from '#scripts/run/stack/problem.ts';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { writeJson } from '#scripts/run/stack/state.ts';
import { out, say as print } from '#scripts/run/terminal.ts';
import { whole } from '../arguments.ts';
import { conditionsLine, plainTable } from '../tables.ts';
import { runStart, type StartOptions, type StartReport } from './run-start.ts';

type StartArguments = Omit<StartOptions, 'print'> & { readonly json?: string };

/** The slowest may take so long, ms. */
const MAX_MS = 8_000;

/** The subcommand. */
export function startCommand(): Command {
  return new Command('start')
    .description('warm starts of the whole system, and a killed engine after each')
    .option('--times <N>', 'starts that are measured', whole, 3)
    .requiredOption('--stack <NAME>', 'a stack to be wiped afterwards')
    .option('--json <FILE>', 'write the report for machines too')
    .action((given: StartArguments) => runMain(() => start(given)));
}

async function start({ json, ...given }: StartArguments): Promise<number> {
  const report = await runStart({ ...given, print });
  await stackDown(given.stack, { wipe: true });
  out(startText(report));
  if (json !== undefined) writeJson(json, report);
  const isGood = report.starts.every(
    ({ acceptedMs, flowsAgainMs }) => acceptedMs <= MAX_MS && flowsAgainMs <= MAX_MS,
  );
  return isGood ? 0 : 1;
}

/** The report for people. */
function startText({ conditions, starts }: StartReport): string {
  const table = plainTable([
    'ms since `npm start`',
    'first 202',
    'completed',
    'all ready',
    'engine killed: flows again after',
  ]);
  for (const [i, one] of starts.entries())
    table.push([i + 1, one.acceptedMs, one.completedMs, one.readyMs, one.flowsAgainMs]);
  return [conditionsLine(conditions), table.toString()].join('\n');
}
