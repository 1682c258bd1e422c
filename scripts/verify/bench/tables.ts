/** The parts of a report for people that every benchmark has. */
import Table from 'cli-table3';
import type { Conditions } from './conditions.ts';
import { GENERATOR } from './cpu.ts';
import type { CpuFigures } from './cpu-cost.ts';
import { round, type Spread } from './percentiles.ts';

/** An empty table. */
export function plainTable(head: string[]) {
  const noLinesBetweenRows = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  return new Table({ head, chars: noLinesBetweenRows, style: { head: [], border: [] } });
}

/** The machine, the code and the moment. */
export function conditionsLine(c: Conditions): string {
  return `${c.cores} cores (${c.cpu}, ${c.memoryGb} GB), Node ${c.node}, commit ${c.commit}, ${c.at}`;
}

/** Latencies, a row each; leaves out rows without any. `what`: the unit, `orders`. */
export function latencyTable(what: string, rows: ReadonlyArray<readonly [string, Spread | null]>): string {
  const table = plainTable(['ms from the scheduled time', what, 'p50', 'p95', 'p99', 'max']);
  for (const [name, spread] of rows) {
    if (spread !== null) table.push([name, spread.count, spread.p50, spread.p95, spread.p99, spread.max]);
  }
  return table.toString();
}

/** Answers other than 202; no line where there were none. */
export function notAcceptedLines(notAccepted: Readonly<Record<string, number>>): string[] {
  const counts = Object.entries(notAccepted).map(([status, n]) => `${n} × ${status}`);
  return counts.length > 0 ? [`not accepted: ${counts.join(', ')}`] : [];
}

/** CPU by process, and for each request; `one`: a request's name, `order`. */
export function cpuLines({ cpu, cpuMsEach, machinePercent }: CpuFigures, one: string): string[] {
  if (cpu === null) return ['CPU was not measured: there is no /proc here'];
  const table = plainTable(['CPU', '% of one core']);
  for (const row of Object.entries(cpu.processes)) table.push(row);
  const ours = Object.values(cpu.processes).reduce((sum, share) => sum + share, 0);
  table.push(
    ['everything else on the machine', round(cpu.busy - ours)],
    ['idle', cpu.idle],
    ['steal', cpu.steal],
  );
  return [
    table.toString(),
    `${cpuMsEach} CPU-ms ${one} (the system's processes, without the ${GENERATOR})`,
    `${machinePercent} % of the machine busy without the ${GENERATOR}`,
  ];
}

/** Why no figures are given. */
export function refusalLines(refused: readonly string[]): string[] {
  return ['NO FIGURES:', ...refused.map((reason) => `  ${reason}`)];
}
