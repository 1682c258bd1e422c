/** The report of a comparison: a row for each program and number in flight, and how many times as fast ours is. */
import type { Conditions } from '../conditions.ts';
import type { CpuFigures } from '../cpu-cost.ts';
import { conditionsLine, plainTable, refusalLines } from '../tables.ts';
import type { LoopFigures } from './closed-loop.ts';
import { type ArmName, DESCRIPTION, OURS } from './names.ts';
import { type Tuning, tuningLine } from './tuning.ts';

/** One program with one number in flight. */
export interface LevelResult {
  readonly inFlight: number;
  /** Orders that completed, warm-up included: as many as each kind of row. */
  readonly completed: number;
  /** From the last order's end until the last mail's row, ms. */
  readonly mailsLateMs: number;
  /** Why no figures are given; empty when they are. */
  readonly refused: readonly string[];
  readonly figures: (LoopFigures & CpuFigures) | null;
}

/** One program. */
export interface ArmResult {
  readonly name: ArmName;
  readonly version: string;
  readonly levels: readonly LevelResult[];
}

/** All results of a run. */
export interface PeersReport {
  readonly benchmark: 'peers';
  readonly conditions: Conditions;
  readonly run: { readonly seconds: number; readonly warmupSeconds: number; readonly tuning: Tuning };
  readonly arms: readonly ArmResult[];
}

/** Percent of one core. */
const SHOWN_FROM = 1;

/** How ours compares with a peer at one number in flight. */
export interface Ratio {
  readonly peer: ArmName;
  readonly inFlight: number;
  /** Ours divided by the peer's: more than 1 is faster, or slower, or dearer. */
  readonly ordersPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number | null;
}

/** Compares ours with each peer, wherever both have figures. */
export function ratiosOf(arms: readonly ArmResult[]): Ratio[] {
  const ours = arms.find(({ name }) => name === OURS)?.levels ?? [];
  return arms
    .filter(({ name }) => name !== OURS)
    .flatMap(({ name, levels }) =>
      levels.flatMap(({ inFlight, figures }) => {
        const own = ours.find((level) => level.inFlight === inFlight)?.figures ?? null;
        if (own === null || own.latency === null || figures === null || figures.latency === null) return [];
        const { cpuMsEach } = own;
        return [
          {
            peer: name,
            inFlight,
            ordersPerSecond: ratio(own.ordersPerSecond, figures.ordersPerSecond),
            p50: ratio(own.latency.p50, figures.latency.p50),
            p99: ratio(own.latency.p99, figures.latency.p99),
            cpu:
              cpuMsEach === null || figures.cpuMsEach === null ? null : ratio(cpuMsEach, figures.cpuMsEach),
          },
        ];
      }),
    );
}

function ratio(ours: number, peer: number): number {
  return Math.round((ours / peer) * 100) / 100;
}

/** The report as text. */
export function peersText(report: PeersReport): string {
  const { run, conditions, arms } = report;
  const refusals = arms.flatMap(({ name, levels }) =>
    levels.flatMap(({ inFlight, refused }) => refused.map((why) => `${name}, ${inFlight} in flight: ${why}`)),
  );
  return [
    `the same order of six steps, closed loop, ${run.seconds} s a row after ${run.warmupSeconds} s of warm-up`,
    conditionsLine(conditions),
    tuningLine(run.tuning),
    ...arms.map(({ name, version }) => `${name} ${version}: ${DESCRIPTION[name]}`),
    figuresTable(arms),
    ...processLines(arms),
    ...ratioLines(ratiosOf(arms)),
    ...(refusals.length > 0 ? refusalLines(refusals) : []),
  ].join('\n');
}

function figuresTable(arms: readonly ArmResult[]): string {
  const head = [
    'peer',
    'version',
    'in flight',
    'orders/s',
    'p50 ms',
    'p99 ms',
    'CPU-ms an order',
    'machine busy %',
  ];
  const table = plainTable(head);
  for (const { name, version, levels } of arms)
    for (const { inFlight, figures } of levels) {
      const { ordersPerSecond, latency, cpuMsEach, machinePercent } = figures ?? {};
      const values = [ordersPerSecond, latency?.p50, latency?.p99, cpuMsEach, machinePercent];
      table.push([name, version, inFlight, ...values.map((value) => value ?? '–')]);
    }
  return table.toString();
}

/** Who used the CPU, in percent of one core: where a program's own bound is. */
function processLines(arms: readonly ArmResult[]): string[] {
  return arms.flatMap(({ name, levels }) =>
    levels.flatMap(({ inFlight, figures }) => {
      const shares = Object.entries(figures?.cpu?.processes ?? {}).filter(([, share]) => share >= SHOWN_FROM);
      const text = shares.map(([process, share]) => `${process} ${Math.round(share)}`).join(', ');
      return text === '' ? [] : [`CPU % of one core, ${name}, ${inFlight} in flight: ${text}`];
    }),
  );
}

function ratioLines(ratios: readonly Ratio[]): string[] {
  if (ratios.length === 0) return [];
  const table = plainTable(['ours divided by', 'in flight', 'orders/s', 'p50', 'p99', 'CPU an order']);
  for (const { peer, inFlight, ordersPerSecond, p50, p99, cpu } of ratios)
    table.push([peer, inFlight, ordersPerSecond, p50, p99, cpu ?? '–']);
  return [table.toString()];
}
