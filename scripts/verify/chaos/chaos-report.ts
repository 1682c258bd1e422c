/** The report of a chaos run: a table for people, the same as data for machines. */
import Table from 'cli-table3';
import type { Conditions } from '../bench/conditions.ts';
import type { KindOutcome } from '../bench/orders/outcomes.ts';
import { ledgerTable } from '../ledger/ledger-table.ts';
import type { LedgerResult } from '../ledger/verify.ts';
import type { Counters } from './counters.ts';
import { type FaultLine, type Judgement, percent } from './judge-chaos.ts';

/** All results of a run. */
export interface ChaosReport extends Judgement {
  readonly chaos: 'orders';
  readonly conditions: Conditions;
  readonly run: {
    readonly minutes: number;
    readonly rate: number;
    readonly seed: number;
    readonly mix: string;
    readonly posts: number;
    readonly accepted: number;
    /** How often the fault that was made least often was made. */
    readonly timesEach: number;
  };
  readonly outcomes: readonly KindOutcome[];
  /** Over the whole run. */
  readonly counted: Counters;
  /** Commands on the topics beyond one each: resends, and messages published again after a crash. */
  readonly repeatedCommands: number;
  readonly ledger: readonly LedgerResult[];
}

const HEAD = [
  'fault',
  'at s',
  'away s',
  'completing again s',
  'from return s',
  'worst s',
  'in flight',
  'POST 202/503/none/other',
  'taking orders s',
  'lost',
  'doubled',
  'stuck',
  'fence',
  'not ready',
];

/** The report as text. */
export function reportText(report: ChaosReport): string {
  const { run, conditions: c, availability: a, counted, problems } = report;
  const noLinesBetweenRows = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({ head: HEAD, chars: noLinesBetweenRows, style: { head: [], border: [] } });
  for (const line of report.lines) table.push(rowOf(line));
  const otherwise = report.outcomes.flatMap(({ kind, otherwise }) =>
    Object.entries(otherwise).map(([ending, count]) => `${count} ${kind} ${ending}`),
  );
  const outside = a.accepted + a.unavailable + a.unanswered + a.other;
  return [
    `${run.minutes} min at ${run.rate} orders/s, seed ${run.seed}, mix ${run.mix}: ${run.posts} POSTs, ${run.accepted} orders accepted, each fault made at least ${run.timesEach} time(s)`,
    `${c.cores} cores (${c.cpu}, ${c.memoryGb} GB), Node ${c.node}, commit ${c.commit}, ${c.at}; ${c.brokers} brokers, ${c.engines} engines`,
    table.toString(),
    'completing again: from the beginning until orders accepted since then completed in every partition',
    `POST /v1/orders outside the faults of the API and of PostgreSQL: ${percent(a.share)} of ${outside} accepted`,
    `lost ${report.lost}, doubled ${report.doubled}, stuck ${report.stuck}; fence refusals ${counted.fenceRefusals}, unmatched ${counted.unmatched}, resends ${counted.resends}; commands on the topics beyond one each: ${report.repeatedCommands}`,
    ...(otherwise.length > 0 ? [`ended otherwise than made to: ${otherwise.join(', ')}`] : []),
    ledgerTable(report.ledger),
    ...(problems.length === 0
      ? ['all as it must be']
      : ['WRONG:', ...problems.map((problem) => `  ${problem}`)]),
  ].join('\n');
}

function rowOf(line: FaultLine): Array<string | number> {
  const { accepted, unavailable, unanswered, other } = line.answers;
  const flag = line.recoveredInTime ? '' : ' !';
  return [
    line.fault,
    line.at,
    line.lasted,
    `${line.recoveredFromBeginning ?? 'never'}${flag}`,
    line.recoveredFromReturn ?? 'never',
    line.worst,
    line.inFlight,
    `${accepted}/${unavailable}/${unanswered}/${other}${line.wrongAnswers > 0 ? ` (${line.wrongAnswers} wrong)` : ''}`,
    line.answeringAfterReturn ?? '–',
    line.lost,
    line.doubled,
    line.stuck,
    line.counted.fenceRefusals,
    line.unready.length,
  ];
}
