/** The report of a run of bursts: a table for people, the same as data for machines. */
import Table from 'cli-table3';
import type { Conditions } from '#scripts/verify/bench/conditions.ts';
import type { BurstResult } from './run-burst.ts';

export interface CouponReport {
  readonly chaos: 'coupons';
  readonly conditions: Conditions;
  readonly bursts: readonly BurstResult[];
}

const HEAD = [
  'fault',
  'results again s',
  'issued',
  'over',
  'under',
  'unanswered',
  'untruthful',
  'turned away',
  'sent s',
  'all answered s',
];

/** The report as text. */
export function couponReportText({ conditions: c, bursts }: CouponReport): string {
  const noLinesBetweenRows = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({ head: HEAD, chars: noLinesBetweenRows, style: { head: [], border: [] } });
  for (const one of bursts)
    table.push([
      one.fault,
      one.flowsAfterS ?? 'never',
      one.issued,
      one.over,
      one.under,
      one.unanswered,
      one.untruthful,
      one.turnedAway,
      one.sentS,
      one.answeredS,
    ]);
  const size = bursts[0]?.size;
  const problems = bursts.flatMap(({ fault, problems }) => problems.map((one) => `${fault}: ${one}`));
  return [
    `${size?.requests} requests by ${size?.users} users for ${size?.coupons} coupons, once a fault`,
    `${c.cores} cores (${c.cpu}, ${c.memoryGb} GB), Node ${c.node}, commit ${c.commit}, ${c.at}; ${c.brokers} broker(s)`,
    table.toString(),
    'results again: from when the fault was injected until requests accepted since then had results in every partition',
    ...(problems.length === 0 ? ['all as it must be'] : ['WRONG:', ...problems.map((one) => `  ${one}`)]),
  ].join('\n');
}
