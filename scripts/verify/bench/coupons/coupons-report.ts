/** The report of a run of coupons: a table for people, the same as data for machines. */
import type { Conditions } from '../conditions.ts';
import type { CpuFigures } from '../cpu-cost.ts';
import { conditionsLine, cpuLines, latencyTable, notAcceptedLines, refusalLines } from '../tables.ts';
import type { Counts, Figures } from './coupons-figures.ts';

/** All results of a run. */
export interface CouponsReport {
  readonly benchmark: 'coupons';
  readonly conditions: Conditions;
  readonly run: {
    readonly rate: number;
    readonly seconds: number;
    readonly requests: number;
    readonly warmupSeconds: number;
    /** Coupons there were to have. */
    readonly total: number;
    /** Percent of the requests that were a user's second or later one. */
    readonly duplicates: number;
    readonly sockets: number;
    /** Connections at the most. */
    readonly connections: number;
    /** Each user sent its own token. */
    readonly ownTokens: boolean;
    /** Coupons in the tables before the run. */
    readonly couponsBefore: number;
  };
  readonly counts: Counts;
  /** The reasons for giving no figures; empty when figures are given. */
  readonly refused: readonly string[];
  readonly figures: (Figures & CpuFigures) | null;
}

/** The report as text. */
export function reportText(report: CouponsReport): string {
  const { run, conditions, counts, refused, figures } = report;
  const lines = [
    `${run.requests} requests at ${run.rate}/s (${run.seconds} s after ${run.warmupSeconds} s of warm-up) ` +
      `for ${run.total} coupons, ${run.duplicates} % repeats by earlier users, up to ${run.connections} connections, ${run.sockets} WebSockets${run.ownTokens ? ', each user with its own token' : ''}`,
    conditionsLine(conditions),
    `${conditions.brokers} broker(s), ${run.couponsBefore} coupons in the tables before`,
    `${counts.users} users: ${counts.issued} issued, ${listed(counts.failed)}; refused by the API at once: ${listed(counts.refusedByApi)}`,
  ];
  return [...lines, ...(figures === null ? refusalLines(refused) : figureLines(figures))].join('\n');
}

function figureLines(figures: Figures & CpuFigures): string[] {
  return [
    latencyTable('requests', [
      ['accepted: 202 read', figures.accepted],
      ['result read on a WebSocket', figures.answered],
      ['  with a coupon', figures.issued],
      ['  without one', figures.failed],
      ['(of which the generator sent late)', figures.sendLag],
    ]),
    `${figures.acceptedPerSecond} accepted/s, ${figures.endedPerSecond} answered/s in the window; ` +
      `${figures.backlogAtEnd} on their way at its end, the last answered ${figures.drainMs} ms later`,
    ...notAcceptedLines(figures.notAccepted),
    ...cpuLines(figures, 'a request'),
    'every answer checked against the rows',
  ];
}

function listed(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([reason, n]) => `${n} ${reason}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}
