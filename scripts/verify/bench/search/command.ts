/** `npm run bench -- search`: how long each kind of search of sagas takes among millions that are done. */
import { Command } from 'commander';
import { runMain } from '#scripts/run/stack/problem.ts';
import { defaultStack } from '#scripts/run/stack/stack.ts';
import { writeJson } from '#scripts/run/stack/state.ts';
import { out, say as print } from '#scripts/run/terminal.ts';
import { whole } from '../arguments.ts';
import { conditionsLine, plainTable } from '../tables.ts';
import { P95_MAX_MS, runSearch, type SearchOptions, type SearchReport } from './run-search.ts';

type SearchArguments = Omit<SearchOptions, 'print'> & { readonly json?: string };

/** The subcommand. */
export function searchCommand(): Command {
  return new Command('search')
    .description('searches of sagas, on a database of its own that it fills and drops')
    .option('--done <N>', 'sagas that are done', whole, 1_000_000)
    .option('--active <N>', 'active sagas', whole, 10_000)
    .option('--times <N>', 'how often each search is measured', whole, 50)
    .option('--stack <NAME>', 'the local stack', defaultStack())
    .option('--json <FILE>', 'write the report for machines too')
    .action((given: SearchArguments) => runMain(() => search(given)));
}

async function search({ json, ...given }: SearchArguments): Promise<number> {
  const report = await runSearch({ ...given, print });
  out(searchText(report));
  if (json !== undefined) writeJson(json, report);
  return report.searches.every(({ ms }) => ms.p95 <= P95_MAX_MS) ? 0 : 1;
}

/** The report for people. */
function searchText({ conditions, amounts, megabytes, searches }: SearchReport): string {
  const table = plainTable(['ms of a search, one at a time', 'found', 'p50', 'p95', 'p99', 'max', '']);
  for (const { name, found, ms } of searches)
    table.push([name, found, ms.p50, ms.p95, ms.p99, ms.max, ms.p95 > P95_MAX_MS ? 'too long' : '']);
  return [
    `${amounts.done} sagas that are done, ${amounts.active} active ones, ${megabytes} MB`,
    conditionsLine(conditions),
    table.toString(),
  ].join('\n');
}
