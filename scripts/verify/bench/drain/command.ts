/** `npm run bench -- drain`: whether forecasts of when orders end hold while a backlog drains. */
import { Command } from 'commander';
import { runMain } from '#scripts/run/stack/problem.ts';
import { defaultStack } from '#scripts/run/stack/stack.ts';
import { writeJson } from '#scripts/run/stack/state.ts';
import { out, say as print } from '#scripts/run/terminal.ts';
import { above, whole } from '../arguments.ts';
import { drainText, isGood } from './drain-report.ts';
import { type DrainOptions, runDrain } from './run-drain.ts';

type DrainArguments = Omit<DrainOptions, 'print'> & { readonly json?: string };

/** The subcommand. */
export function drainCommand(): Command {
  return new Command('drain')
    .description(
      'a backlog behind a stopped process drains; 95 % of the forecasts of random orders must hold',
    )
    .option('--orders <N>', 'orders of the backlog', whole, 5_000)
    .option('--stop <PROCESS>', 'the process that stands still meanwhile: engine, payment, …', 'engine')
    .option('--rate <R>', 'orders a second while it stands still', above(0), 300)
    .option('--per-second <N>', 'forecasts read a second', above(0), 5)
    .option('--stack <NAME>', 'the local stack, on which no system runs', defaultStack())
    .option('--json <FILE>', 'write the report for machines too')
    .action((given: DrainArguments) => runMain(() => drain(given)));
}

async function drain({ json, ...given }: DrainArguments): Promise<number> {
  const report = await runDrain({ ...given, print });
  out(drainText(report));
  if (json !== undefined) writeJson(json, report);
  return isGood(report) ? 0 : 1;
}
