/**
 * Forecasts when a saga ends: an interval from the work before it and the speed at which such work is done, or the reason why nobody
 * knows. Pure.
 *
 * A queue's time is the number of transitions that are before the saga's end, over the transitions that the engines make a second:
 * whatever is the bottleneck, it sets this speed. The rest is how long its states usually last.
 */
import { contractOf } from '../definition/definition.ts';
import { startTopic } from '../definition/start-message.ts';
import { ENGINE_GROUP } from '../recovery/decide-recovery.ts';
import type { Cause } from './cause.ts';
import type { GroupPace, Observations } from './observations.ts';
import { answersFlow, obstacleOf, pacedCodes } from './obstacles.ts';
import { clock, span } from './phrases.ts';
import { engineProgress } from './queues.ts';
import type { Why } from './why.ts';

/** When it ends; or why nobody knows. */
export type Forecast =
  | { readonly from: Date; readonly to: Date; readonly text: string }
  | { readonly unknown: string };

/** Fewer unread records than these, or than a second's, are no queue. */
const FEW_UNREAD = 100;
/** Fewer sagas in its state are no queue either. */
const FEW_BEFORE = 10;
/** The observed speed may be this much too low or too high. */
const SLOWER = 1.3;
const FASTER = 0.4;
/** Of what has only just begun to move: other steps than the first ones may be slower. */
const SLOWER_AT_FIRST = 1.8;
/** A speed that fell by more says no more of how far it goes on to fall. */
const FELL_MAX = 4;
/** Where what arrives takes up more of the engines' speed, nobody knows when a queue is done. */
const ARRIVING_MAX = 0.9;
/** Of a state whose usual length nobody has measured, ms. */
const UNMEASURED = { p50Ms: 300, p95Ms: 3_000 };
/** The clocks and samples are not finer, ms. */
const SHORTEST_MS = 500;

/** Causes under which only what others do tells when it goes on. */
const OPEN_ENDED: ReadonlySet<string> = new Set([
  'third-party-decides',
  'unanswered',
  'stalled',
  'start-unpublished',
  'timer-due',
  'not-known-here',
]);

/** Null: it has ended. */
export function forecastOf(seen: Observations, { cause }: Why): Forecast | null {
  const { row, nowMs, ahead } = seen;
  if (row.endedAt !== null) return null;
  if (cause.halts) return { unknown: 'nothing moves it' };
  if (OPEN_ENDED.has(cause.code)) return { unknown: 'nobody knows when it is answered' };
  if (ahead.length === 0) return { unknown: 'what is to come is not known' };
  const obstacle = obstacleOf(seen, cause);
  if (obstacle !== null) return { unknown: obstacle };
  if (cause.code === 'participant-delayed' && answersPerSecond(seen) === 0)
    return { unknown: 'its participant answers nobody' };
  const queue = queueOf(seen);
  if ('unknown' in queue) return queue;
  const parts = [queue, retryOf(seen, cause), durationsOf(seen)];
  const from = parts.reduce((sum, { fromMs }) => sum + fromMs, nowMs);
  const to = Math.max(
    parts.reduce((sum, { toMs }) => sum + toMs, nowMs),
    from + SHORTEST_MS,
  );
  return { from: new Date(from), to: new Date(to), text: textOf(from, to, nowMs) };
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
const AT_ONCE: Span = { fromMs: 0, toMs: 0 };

function queueOf(seen: Observations): Span | { readonly unknown: string } {
  const { brake, before, row, nowMs } = seen;
  const timers = Object.values(row.pending.timers).map(({ at }) => at);
  if (Object.keys(row.pending.awaiting).length === 0 && row.version > 0 && timers.length > 0 && !row.paused)
    return interval(Math.max(0, Math.min(...timers) - nowMs));
  if (row.paused) {
    if (!brake?.perSecond) return { unknown: 'it is paused' };
    return interval((before.onBrake / brake.perSecond) * 1000);
  }
  const progress = engineProgress(seen);
  if (progress === null) return { unknown: 'no broker answers' };
  const unread = (seen.brokers?.flows ?? []).reduce((sum, { allUnread }) => sum + allUnread, 0);
  const speed = progress.pace?.perSecond ?? null;
  const isQueue = unread > Math.max(FEW_UNREAD, speed ?? 0);
  if (!isQueue) return insideInterval(seen);
  if (progress.pace === null || speed === null)
    return { unknown: 'it has not been observed for long enough how fast the queues move' };
  if (speed === 0) return { unknown: 'the queues before it do not move' };
  return queueInterval(seen, speed, progress.pace);
}

/**
 * The bounds of the time until all work that may come first is done: at the latest all that there is and what arrives meanwhile, at the
 * speed of the last seconds; at the earliest what is further on, at the highest speed seen. A speed that has changed may change as much
 * again: one that fell goes on to fall, one that rose goes on to rise.
 */
function queueInterval(
  seen: Observations,
  speed: number,
  { slowestPerSecond, fastestPerSecond, peakPerSecond }: GroupPace,
): Span | { readonly unknown: string } {
  const work = workOf(seen);
  const own = seen.ahead.length;
  const arriving = arrivingShare(seen, speed);
  if (arriving > ARRIVING_MAX) return { unknown: 'sagas arrive as fast as the engines handle them' };
  const settled = isSettled(seen);
  const fell = Math.min(FELL_MAX, fastestPerSecond / speed);
  const rose = Math.max(1, speed / Math.max(1, slowestPerSecond));
  const lastMs = ((work.all + own) / (speed * (1 - arriving))) * 1000;
  const firstMs = ((work.first + own) / (Math.max(peakPerSecond, speed) * rose)) * 1000;
  return {
    fromMs: settled ? firstMs * FASTER : 0,
    toMs: lastMs * Math.max(settled ? SLOWER : SLOWER_AT_FIRST, fell),
  };
}

/** Whether every queue has moved for a while: what has just begun to move may become faster than anybody has seen. */
function isSettled({ brokers }: Observations): boolean {
  const queues = (brokers?.flows ?? []).filter(({ allUnread }) => allUnread > FEW_UNREAD);
  return queues.every(({ hasMovedBefore }) => hasMovedBefore);
}

/** The share of the engines' speed that new sagas take up. */
function arrivingShare({ brokers, definition, wholeWay }: Observations, speed: number): number {
  if (definition === null) return 0;
  const topic = startTopic(definition);
  const flow = brokers?.flows.find((one) => one.group === ENGINE_GROUP && one.topic === topic);
  return ((flow?.allWrittenPerSecond ?? 0) * wholeWay.length) / speed;
}

/**
 * The time until a participant that failed tries again: as it said, or where that is past, within the time since the failure and the
 * first delay, for its delays double. One that keeps to a pace tries all the time.
 */
function retryOf({ row, reported, definition, nowMs }: Observations, { code }: Cause): Span {
  const failure = row.lastFailure;
  if (code !== 'participant-delayed' || failure === null || pacedCodes(definition).includes(failure.code))
    return AT_ONCE;
  const nextTryAt = reported[failure.commandId]?.nextTryAt?.getTime() ?? null;
  if (nextTryAt === null) return AT_ONCE;
  if (nextTryAt > nowMs) return { fromMs: nextTryAt - nowMs, toMs: nextTryAt - nowMs };
  const failedAt = Date.parse(failure.at);
  return { fromMs: 0, toMs: nowMs - failedAt + Math.max(0, nextTryAt - failedAt) };
}

/** Transitions that come before its end: all that active sagas have yet to make, and those of the sagas that are further on. */
function workOf({ loads, ahead, wholeWay }: Observations): { all: number; first: number } {
  const whole = Math.max(wholeWay.length, ahead.length);
  const leftOf = (state: string) => {
    const at = wholeWay.indexOf(state);
    return at < 0 ? Math.ceil(whole / 2) : wholeWay.length - at;
  };
  const all = loads.reduce((sum, { state, sagas }) => sum + sagas * leftOf(state), 0);
  const first = loads.reduce(
    (sum, { state, sagas }) => (leftOf(state) < ahead.length ? sum + sagas * leftOf(state) : sum),
    0,
  );
  return { all, first };
}

/** The time of a queue inside the participant whose answer it awaits: sagas came to its state before it. */
function insideInterval(seen: Observations): Span {
  const speed = answersPerSecond(seen);
  const { inState } = seen.before;
  if (inState <= FEW_BEFORE || speed === null || speed === 0) return AT_ONCE;
  const ms = (inState / speed) * 1000;
  return ms > (seen.usual[seen.row.state] ?? UNMEASURED).p95Ms ? interval(ms) : AT_ONCE;
}

/** How many answers of the awaited kind the engines read a second; null: it shares its topic with others. */
function answersPerSecond(seen: Observations): number | null {
  const { row, definition, brokers } = seen;
  const [awaited] = Object.values(row.pending.awaiting);
  if (awaited === undefined || definition === null || brokers === null) return null;
  return answersFlow(seen, contractOf(definition, awaited.type).success)?.allPerSecond ?? null;
}

/** How long its own states usually last, without a queue. */
function durationsOf({ ahead, usual, row, nowMs }: Observations): Span {
  const inStateMs = nowMs - row.stateSince.getTime();
  return ahead.reduce<Span>((sum, { state }, index) => {
    const { p50Ms, p95Ms } = usual[state] ?? UNMEASURED;
    const passed = index === 0 ? inStateMs : 0;
    return {
      fromMs: sum.fromMs + Math.max(0, p50Ms / 2 - passed),
      toMs: sum.toMs + Math.max(p50Ms, p95Ms - passed),
    };
  }, AT_ONCE);
}

function interval(ms: number): Span {
  return { fromMs: ms * FASTER, toMs: ms * SLOWER };
}

/** `done by 14:03:20 UTC ± 2 min` */
function textOf(from: number, to: number, nowMs: number): string {
  const middle = (from + to) / 2;
  return `done by ${clock(middle, nowMs)} ± ${span((to - from) / 2)}`;
}
