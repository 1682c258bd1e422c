/** The costs of an order as tables: CPU by process and kind of work, PostgreSQL's time and log by statement. */
import { type RunReport, reportText } from '../orders/orders-report.ts';
import { plainTable } from '../tables.ts';
import type { WindowCost } from './cost-window.ts';
import { PROFILING } from './kinds.ts';

export interface CostReport extends RunReport {
  readonly cost: WindowCost;
}

/** Kinds below it are summed up as one line of their process, µs an order. */
const SMALL_US = 3;
const STATEMENTS_SHOWN = 20;

/** The report as text. */
export function costText(report: CostReport): string {
  const orders = (report.figures?.endedPerSecond ?? 0) * report.run.seconds;
  return [
    reportText(report),
    `CPU µs an order by process and kind of work (${orders} orders; without the profiles' own):`,
    kindsTable(report.cost, orders),
    'PostgreSQL by statement (time on the server, waits included):',
    statementsTable(report.cost, orders),
  ].join('\n');
}

function kindsTable({ kinds }: WindowCost, orders: number): string {
  const table = plainTable(['process', 'kind of work', 'µs an order']);
  const each = (ms: number) => Math.round((ms * 1000) / orders);
  const ours = kinds.filter(({ kind }) => kind !== PROFILING);
  const processes = [...Map.groupBy(ours, ({ process }) => process)]
    .map(([process, own]) => ({ process, own, ms: own.reduce((sum, { ms }) => sum + ms, 0) }))
    .sort((a, b) => b.ms - a.ms);
  for (const { process, own, ms } of processes) {
    table.push([process, '', each(ms)]);
    const shown = own.filter((one) => each(one.ms) >= SMALL_US).sort((a, b) => b.ms - a.ms);
    for (const { kind, ms: used } of shown) table.push(['', kind, each(used)]);
  }
  table.push(['all', '', each(processes.reduce((sum, { ms }) => sum + ms, 0))]);
  return table.toString();
}

function statementsTable({ statements }: WindowCost, orders: number): string {
  const table = plainTable([
    'statement',
    'calls',
    'rows a call',
    'ms a call',
    'µs an order',
    'log bytes an order',
  ]);
  for (const { name, calls, rows, ms, walBytes } of statements.slice(0, STATEMENTS_SHOWN))
    table.push([
      name,
      calls,
      Math.round(rows / calls),
      Math.round((ms / calls) * 100) / 100,
      Math.round((ms * 1000) / orders),
      Math.round(walBytes / orders),
    ]);
  return table.toString();
}
