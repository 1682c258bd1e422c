/** What a run says: a table for people, the same as data for machines. */
import Table from 'cli-table3';
import type { Conditions } from '../conditions.ts';
import type { CpuShares } from '../cpu.ts';
import { round, type Spread } from '../percentiles.ts';
import type { Figures } from './figures.ts';
import type { KindOutcome } from './outcomes.ts';

/** All there is to say of a run. */
export interface RunReport {
  readonly benchmark: 'orders';
  readonly conditions: Conditions;
  readonly run: {
    readonly rate: number;
    readonly seconds: number;
    readonly orders: number;
    readonly warmupSeconds: number;
    readonly mix: string;
    readonly gateway: string;
    /** Orders in the tables before the run. */
    readonly ordersBefore: number;
  };
  readonly outcomes: readonly KindOutcome[];
  /** E-mails sent about the run's orders. */
  readonly mails: number;
  /** Why no figures are given; empty when they are. */
  readonly refused: readonly string[];
  readonly figures: (Figures & CpuFigures) | null;
}

export interface CpuFigures {
  /** In percent of one core; null where there is no /proc. */
  readonly cpu: CpuShares | null;
  /** CPU of the system's processes an order that ended in the window, ms, the load generator's left out. */
  readonly cpuMsPerOrder: number | null;
}

/** The name under which the generator's own CPU is told. */
export const GENERATOR = 'load generator';

/** The report as text. */
export function reportText(report: RunReport): string {
  const { run, conditions: c, outcomes, refused, figures } = report;
  const lines = [
    `${run.orders} orders at ${run.rate}/s (${run.seconds} s after ${run.warmupSeconds} s of warm-up), mix ${run.mix}, gateway ${run.gateway}`,
    `${c.cores} cores (${c.cpu}, ${c.memoryGb} GB), Node ${c.node}, commit ${c.commit}, ${c.at}`,
    `${c.brokers} broker(s), ${c.partitions} partitions, ${c.engines} engine(s), ${run.ordersBefore} orders in the tables before`,
    outcomeTable(outcomes),
    `${report.mails} e-mails (warm-up included, as above)`,
  ];
  if (figures === null) {
    return [...lines, 'NO FIGURES:', ...refused.map((reason) => `  ${reason}`)].join('\n');
  }
  return [...lines, ...figureLines(figures)].join('\n');
}

function figureLines(figures: NonNullable<RunReport['figures']>): string[] {
  const latencies = plainTable(['ms from the scheduled time', 'orders', 'p50', 'p95', 'p99', 'max']);
  const row = (name: string, spread: Spread | null) => {
    if (spread !== null) latencies.push([name, spread.count, spread.p50, spread.p95, spread.p99, spread.max]);
  };
  row('accepted: 202 read', figures.accepted);
  row('completed: order-completed read', figures.completed);
  row('failed: ended_at of its saga', figures.failed);
  row('(of which the generator sent late)', figures.sendLag);
  const notAccepted = Object.entries(figures.notAccepted).map(([status, n]) => `${n} × ${status}`);
  return [
    latencies.toString(),
    `${figures.completedPerSecond} completed/s, ${figures.endedPerSecond} ended/s in the window; ` +
      `${figures.backlogAtEnd} on their way at its end, the last ended ${figures.drainMs} ms later`,
    ...(notAccepted.length > 0 ? [`not accepted: ${notAccepted.join(', ')}`] : []),
    ...cpuLines(figures),
  ];
}

function cpuLines({ cpu, cpuMsPerOrder }: CpuFigures): string[] {
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
    `${cpuMsPerOrder} CPU-ms an order (the system's processes, without the ${GENERATOR})`,
  ];
}

function outcomeTable(outcomes: readonly KindOutcome[]): string {
  const table = plainTable(['made to be', 'accepted', 'expected', 'as expected', 'otherwise']);
  for (const { kind, accepted, expected, asExpected, otherwise } of outcomes) {
    const others = Object.entries(otherwise).map(([ending, n]) => `${n} ${ending}`);
    table.push([kind, accepted, expected, asExpected, others.join(', ') || '–']);
  }
  return table.toString();
}

function plainTable(head: string[]) {
  const noLinesBetweenRows = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  return new Table({ head, chars: noLinesBetweenRows, style: { head: [], border: [] } });
}
