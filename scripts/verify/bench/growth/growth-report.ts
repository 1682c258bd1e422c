/** The report of growth: each case beside the same load without it, and how much of it is left. */
import type { Conditions } from '../conditions.ts';
import type { RunReport } from '../orders/orders-report.ts';
import { conditionsLine, plainTable, refusalLines } from '../tables.ts';

/** What grows. */
export const CASES = ['finished', 'live', 'items'] as const;
export type CaseName = (typeof CASES)[number];

/** One run of a case, or of the same load without it. */
export interface GrowthRun {
  /** Sagas that had ended before the run, and that had not. */
  readonly finished: number;
  readonly live: number;
  readonly report: RunReport;
}

export interface CaseResult {
  readonly name: CaseName;
  /** What is on each side, for people. */
  readonly without: string;
  readonly with: string;
  readonly rate: number;
  /** In pairs, whichever was first. */
  readonly runs: ReadonlyArray<{ readonly without: GrowthRun; readonly with: GrowthRun }>;
}

export interface GrowthReport {
  readonly benchmark: 'growth';
  readonly conditions: Conditions;
  readonly run: { readonly seconds: number; readonly warmupSeconds: number };
  readonly cases: readonly CaseResult[];
}

/** The means of one side of a case. */
export interface Means {
  readonly completedPerSecond: number;
  /** Null where there is no /proc. */
  readonly cpuMsEach: number | null;
  readonly p50: number;
  readonly p99: number;
}

/** What is left of the side without, 1: nothing is lost. Of rates with ÷ without, of costs and times without ÷ with. */
export interface Left {
  readonly rate: number;
  readonly cpu: number | null;
  readonly p99: number;
}

/** The means of some runs; null where one has no figures. */
export function meansOf(runs: readonly GrowthRun[]): Means | null {
  const all = runs.flatMap(({ report: { figures } }) =>
    figures === null || figures.completed === null
      ? []
      : [{ ...figures, p50: figures.completed.p50, p99: figures.completed.p99 }],
  );
  if (all.length < runs.length || all.length === 0) return null;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const costs = all.flatMap(({ cpuMsEach }) => cpuMsEach ?? []);
  return {
    completedPerSecond: mean(all.map(({ completedPerSecond }) => completedPerSecond)),
    cpuMsEach: costs.length === all.length ? mean(costs) : null,
    p50: mean(all.map(({ p50 }) => p50)),
    p99: mean(all.map(({ p99 }) => p99)),
  };
}

/** Compares the two sides of a case; null where a run has no figures. */
export function leftOf({ runs }: CaseResult): { without: Means; with: Means; left: Left } | null {
  const without = meansOf(runs.map((pair) => pair.without));
  const grown = meansOf(runs.map((pair) => pair.with));
  if (without === null || grown === null) return null;
  const cpu =
    without.cpuMsEach === null || grown.cpuMsEach === null ? null : without.cpuMsEach / grown.cpuMsEach;
  const rate = grown.completedPerSecond / without.completedPerSecond;
  return { without, with: grown, left: { rate, cpu, p99: without.p99 / grown.p99 } };
}

/** Why runs have no figures, each with its case. */
export function refusals({ cases }: GrowthReport): string[] {
  return cases.flatMap(({ name, runs }) =>
    runs.flatMap((pair) =>
      [...pair.without.report.refused, ...pair.with.report.refused].map((reason) => `${name}: ${reason}`),
    ),
  );
}

/** The report as text. */
export function growthText(report: GrowthReport): string {
  const { conditions, run, cases } = report;
  const table = plainTable(['', 'orders/s', 'CPU-ms an order', 'p50, ms', 'p99, ms', 'sagas ended, live']);
  for (const one of cases) {
    const compared = leftOf(one);
    if (compared === null) continue;
    for (const side of ['without', 'with'] as const) {
      const { completedPerSecond, cpuMsEach, p50, p99 } = compared[side];
      const before = one.runs.map((pair) => `${pair[side].finished}, ${pair[side].live}`);
      table.push([
        one[side],
        completedPerSecond.toFixed(1),
        cpuMsEach?.toFixed(2) ?? '–',
        p50.toFixed(0),
        p99.toFixed(0),
        before[0] ?? '',
      ]);
    }
    const { rate, cpu, p99 } = compared.left;
    table.push(['  left', rate.toFixed(3), cpu?.toFixed(2) ?? '–', '', p99.toFixed(2), '']);
  }
  const refused = refusals(report);
  return [
    `Growth: ${run.seconds} s a run after ${run.warmupSeconds} s of warm-up, ${cases[0]?.runs.length ?? 0} pairs a case, alternating`,
    conditionsLine(conditions),
    table.toString(),
    'left: orders/s with ÷ without, CPU and p99 without ÷ with; 1 is as good as without',
    ...(refused.length > 0 ? refusalLines(refused) : []),
  ].join('\n');
}
