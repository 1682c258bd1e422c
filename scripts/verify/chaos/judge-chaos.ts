/** Judges a chaos run: one line a fault, the sums, and the violations. */
import type { Ending } from '../bench/orders/outcomes.ts';
import { round } from '../bench/percentiles.ts';
import type { RunRecord } from '../bench/run-record.ts';
import {
  ANSWERS_AGAIN_WITHIN_MS,
  type AnswerCounts,
  type AnswersVerdict,
  AVAILABILITY_GOAL,
  countAnswers,
  type Excuse,
  judgeAnswers,
  type Post,
} from './answers.ts';
import type { Counters } from './counters.ts';
import type { Injection } from './inject.ts';
import type { Refusal } from './load.ts';

/** Within this orders must complete again. */
export const RECOVERY_GOAL_MS = 15_000;
const ACCEPTED = 202;

/** The observed orders of a run. */
export interface SeenOrders {
  readonly record: RunRecord;
  readonly refusals: ReadonlyMap<number, Refusal>;
  readonly endings: ReadonlyMap<string, Ending>;
  readonly doubled: ReadonlySet<string>;
  readonly stuck: ReadonlySet<string>;
}

/** One line of the table. Seconds are of the run, or spans. */
export interface FaultLine {
  readonly fault: string;
  readonly at: number;
  readonly lasted: number;
  /** From its beginning until orders accepted since then completed again; null: not within the bound. */
  readonly recoveredFromBeginning: number | null;
  readonly recoveredFromReturn: number | null;
  readonly recoveredInTime: boolean;
  /** The longest time from sending to the end of an order that was in flight around it. */
  readonly worst: number;
  /** Orders under way when it began. */
  readonly inFlight: number;
  readonly answers: AnswerCounts;
  /** Where callers may notice it: answers that must not be even then, and when orders were taken again. */
  readonly wrongAnswers: number;
  readonly answeringAfterReturn: number | null;
  readonly lost: number;
  readonly doubled: number;
  readonly stuck: number;
  readonly counted: Counters;
  /** Processes that were not ready at some time. */
  readonly unready: readonly string[];
}

export interface Judgement {
  readonly lines: readonly FaultLine[];
  readonly availability: AnswersVerdict['outside'];
  readonly lost: number;
  readonly doubled: number;
  readonly stuck: number;
  /** The violations; empty: the run is right. */
  readonly problems: readonly string[];
}

/** Judges the orders of a run against its faults. */
export function judge(orders: SeenOrders, faults: readonly Injection[]): Judgement {
  const posts = postsOf(orders);
  const excuses = faults.flatMap(({ fault: { noticed }, beganAt, returnedAt }): Excuse[] =>
    noticed === null ? [] : [{ noticed, from: beganAt, returnedAt }],
  );
  const answers = judgeAnswers(posts, excuses);
  const bad = faultsOf(orders, faults);
  const lines = faults.map((injection, index): FaultLine => {
    const { fault, beganAt, returnedAt, endedAt, counted } = injection;
    const excuse =
      answers.excuses[excuses.findIndex(({ from }) => fault.noticed !== null && from === beganAt)];
    const since = (from: number, at: number | null) => (at === null ? null : seconds(at - from));
    return {
      fault: fault.name,
      at: seconds(beganAt),
      lasted: seconds(returnedAt - beganAt),
      recoveredFromBeginning: since(beganAt, injection.recoveredAt),
      recoveredFromReturn: since(returnedAt, injection.recoveredFromReturnAt),
      recoveredInTime: recoveredInTime(injection),
      worst: seconds(worstAround(orders.record, beganAt, endedAt)),
      inFlight: inFlightAt(orders.record, beganAt),
      answers: countAnswers(posts.filter(({ sentAt }) => sentAt >= beganAt && sentAt < endedAt)),
      wrongAnswers: excuse?.wrong ?? 0,
      answeringAfterReturn: excuse?.answeringAfterMs == null ? null : seconds(excuse.answeringAfterMs),
      lost: bad.lost[index] ?? 0,
      doubled: bad.doubled[index] ?? 0,
      stuck: bad.stuck[index] ?? 0,
      counted,
      unready: injection.health.unready,
    };
  });
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const [lost, doubled, stuck] = [sum(bad.lost), sum(bad.doubled), sum(bad.stuck)];
  const problems = [
    ...lines.flatMap((line, index) => problemsOf(line, faults[index] as Injection)),
    ...(lost > 0 ? [`${lost} orders lost`] : []),
    ...(doubled > 0 ? [`${doubled} orders with something done twice`] : []),
    ...(stuck > 0 ? [`${stuck} orders stuck`] : []),
    ...(answers.outside.share < AVAILABILITY_GOAL
      ? [
          `only ${percent(answers.outside.share)} of the POSTs outside the API's and PostgreSQL's faults were accepted`,
        ]
      : []),
  ];
  return { lines, availability: answers.outside, lost, doubled, stuck, problems };
}

/** A share in percent, never rounded up to all. */
export function percent(share: number): string {
  return `${(Math.floor(share * 100_000) / 1_000).toFixed(3)} %`;
}

function recoveredInTime({
  fault,
  beganAt,
  returnedAt,
  recoveredAt,
  recoveredFromReturnAt,
}: Injection): boolean {
  if (recoveredAt === null || recoveredFromReturnAt === null) return false;
  const ms = fault.recoversFrom === 'beginning' ? recoveredAt - beganAt : recoveredFromReturnAt - returnedAt;
  // The return of the failed part must not disturb for longer either, even where others had taken over.
  return ms <= RECOVERY_GOAL_MS && recoveredFromReturnAt - returnedAt <= RECOVERY_GOAL_MS;
}

function problemsOf(line: FaultLine, { fault, settledAt, health }: Injection): string[] {
  const name = `${line.fault} at ${line.at} s`;
  const goal = ANSWERS_AGAIN_WITHIN_MS / 1000;
  return [
    ...(line.recoveredInTime ? [] : [`${name}: not recovered within ${RECOVERY_GOAL_MS / 1000} s`]),
    ...(settledAt === null ? [`${name}: orders were still held up a minute after its recovery`] : []),
    ...health.problems.map((problem) => `${name}: ${problem}`),
    ...(line.wrongAnswers > 0 ? [`${name}: ${line.wrongAnswers} answers that must not be even then`] : []),
    ...(fault.noticed !== null && (line.answeringAfterReturn ?? Number.POSITIVE_INFINITY) > goal
      ? [`${name}: no order was taken within ${goal} s of the return`]
      : []),
  ];
}

function postsOf({ record, refusals }: SeenOrders): Post[] {
  return [...record.sentAt.entries()].flatMap(([order, sentAt]): Post[] => {
    if (Number.isNaN(sentAt)) return [];
    const refusal = refusals.get(order);
    if (refusal !== undefined) {
      const { at, status, retryAfter } = refusal;
      return [{ sentAt, endedAt: at, status, retryAfter }];
    }
    const endedAt = record.answeredAt[order] ?? Number.NaN;
    // Sent a moment before the run was ended.
    if (Number.isNaN(endedAt)) return [];
    return [{ sentAt, endedAt, status: ACCEPTED, retryAfter: false }];
  });
}

/** Lost, doubled and stuck orders, each counted with the fault that was on, or came next, when it was sent. */
function faultsOf(orders: SeenOrders, faults: readonly Injection[]) {
  const { record, endings, doubled, stuck } = orders;
  // One place more, for orders sent after the last fault.
  const none = () => new Array<number>(faults.length + 1).fill(0);
  const counts = { lost: none(), doubled: none(), stuck: none() };
  for (const [order, id] of record.ids.entries()) {
    if (id === undefined) continue;
    const found = faults.findIndex(({ endedAt }) => (record.sentAt[order] ?? 0) <= endedAt);
    const place = found < 0 ? faults.length : found;
    const add = (to: number[]) => (to[place] = (to[place] ?? 0) + 1);
    const ending = endings.get(id);
    if (stuck.has(id)) add(counts.stuck);
    // Without a row, or never ended, or ended without its event on the topic.
    else if (ending?.endedAt == null || Number.isNaN(record.endedAt[order])) add(counts.lost);
    if (doubled.has(id)) add(counts.doubled);
  }
  return counts;
}

function worstAround({ sentAt, endedAt }: RunRecord, from: number, to: number): number {
  let worst = 0;
  for (const [order, sent] of sentAt.entries()) {
    const end = endedAt[order] ?? Number.NaN;
    if (sent <= to && end >= from) worst = Math.max(worst, end - sent);
  }
  return worst;
}

function inFlightAt({ answeredAt, endedAt, ids }: RunRecord, at: number): number {
  return [...answeredAt.entries()].filter(
    ([order, answered]) => ids[order] !== undefined && answered <= at && !((endedAt[order] ?? 0) <= at),
  ).length;
}

function seconds(ms: number): number {
  return round(ms / 1000);
}
