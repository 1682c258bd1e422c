/** The report of a run: a table for people, the same as data for machines. */
import type { Conditions } from '../conditions.ts';
import type { CpuFigures } from '../cpu-cost.ts';
import {
  conditionsLine,
  cpuLines,
  latencyTable,
  notAcceptedLines,
  plainTable,
  refusalLines,
} from '../tables.ts';
import type { Figures } from './orders-figures.ts';
import type { KindOutcome } from './outcomes.ts';

/** All results of a run. */
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

/** The report as text. */
export function reportText(report: RunReport): string {
  const { run, conditions, outcomes, refused, figures } = report;
  const { brokers, partitions, engines } = conditions;
  const lines = [
    `${run.orders} orders at ${run.rate}/s (${run.seconds} s after ${run.warmupSeconds} s of warm-up), mix ${run.mix}, gateway ${run.gateway}`,
    conditionsLine(conditions),
    `${brokers} broker(s), ${partitions} partitions, ${engines} engine(s), ${run.ordersBefore} orders in the tables before`,
    outcomeTable(outcomes),
    `${report.mails} e-mails (warm-up included, as above)`,
  ];
  return [...lines, ...(figures === null ? refusalLines(refused) : figureLines(figures))].join('\n');
}

function figureLines(figures: Figures & CpuFigures): string[] {
  return [
    latencyTable('orders', [
      ['accepted: 202 read', figures.accepted],
      ['completed: order-completed read', figures.completed],
      ['failed: ended_at of its saga', figures.failed],
      ['(of which the generator sent late)', figures.sendLag],
    ]),
    `${figures.completedPerSecond} completed/s, ${figures.endedPerSecond} ended/s in the window; ` +
      `${figures.backlogAtEnd} on their way at its end, the last ended ${figures.drainMs} ms later`,
    ...notAcceptedLines(figures.notAccepted),
    ...cpuLines(figures, 'an order'),
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
