/**
 * The slow start of calls after an outage of the gateway: what waited for it must not come all at once. It has no clock of its
 * own; times are the caller's, in ms.
 *
 * While the circuit is open nothing is held back: the circuit rejects calls, and lets single ones test the gateway. From the
 * first answer on, calls start at a small rate. It doubles with each second in which calls waited for it and most succeeded,
 * up to somewhat more than the gateway answered before the outage. From there it grows gently: a short outage's backlog
 * causes no peak, a long one's is still worked off in minutes. It ends once no call has waited for a second.
 */

/** Calls a second of a process after an outage. */
export const FIRST_PER_SECOND = 5;
/** It doubles up to so many times the calls a second from before the outage … */
const EASY_FACTOR = 1.5;
/** … and then grows by this share of those each second. */
const GROWTH = 0.02;
/** Where no call was answered before, it ends at this rate. */
const UNKNOWN_MAX = 1_000;
/** By then all that the open circuit postponed is due again (`LONGEST_PAUSE_MS` of the worker). */
const SETTLED_MS = 10_000;
/** Over about this time the answered calls are counted. */
const COUNTED_MS = 30_000;
/** Unused time that counts: calls that come together are not held back at a rate that they keep to. */
const BURST_MS = 200;
const SECOND_MS = 1_000;

export interface SlowStart {
  /** The circuit is open: the gateway is out of service. */
  rejected(): void;
  /** The gateway answered a call, with a refusal too. */
  answered(nowMs: number): void;
  /** A call failed as in an outage. */
  failed(nowMs: number): void;
  /** How long the next call must wait. */
  waitMs(nowMs: number): number;
  /** A call starts. */
  started(nowMs: number): void;
  /** Calls a second; Infinity while they are not held back. */
  perSecond(nowMs: number): number;
}

/** @param onEnd called when calls are no longer held back, with how long they were */
export function slowStart(onEnd: (ms: number) => void = () => {}): SlowStart {
  let phase: 'unhindered' | 'away' | 'starting' = 'unhindered';
  /** Answered calls a second while unhindered, as of the last of them: an outage does not make it smaller. */
  let usual = 0;
  let usualAt = Number.NEGATIVE_INFINITY;
  let rate = FIRST_PER_SECOND;
  let backAt = 0;
  let nextAt = 0;
  /** Of the second that began then. */
  let secondAt = 0;
  let answers = 0;
  let failures = 0;
  let hasHeld = false;

  function begin(nowMs: number): void {
    phase = 'starting';
    rate = FIRST_PER_SECOND;
    backAt = nowMs;
    nextAt = nowMs;
    beginSecond(nowMs);
  }

  function beginSecond(atMs: number): void {
    secondAt = atMs;
    answers = 0;
    failures = 0;
    hasHeld = false;
  }

  function advance(nowMs: number): void {
    while (phase === 'starting' && nowMs >= secondAt + SECOND_MS) {
      const endsAt = secondAt + SECOND_MS;
      if (failures > answers) rate = Math.max(FIRST_PER_SECOND, rate / 2);
      else if (answers > failures && hasHeld) rate = grown(rate, usual);
      const isIdle = !hasHeld && endsAt - backAt >= SETTLED_MS;
      if (isIdle || (usual === 0 && rate > UNKNOWN_MAX)) {
        phase = 'unhindered';
        usualAt = nowMs;
        onEnd(endsAt - backAt);
      }
      beginSecond(endsAt);
    }
  }

  return {
    rejected() {
      phase = 'away';
    },
    answered(nowMs) {
      advance(nowMs);
      if (phase === 'away') begin(nowMs);
      answers += 1;
      if (phase !== 'unhindered') return;
      usual = usual * Math.exp((usualAt - nowMs) / COUNTED_MS) + SECOND_MS / COUNTED_MS;
      usualAt = nowMs;
    },
    failed(nowMs) {
      advance(nowMs);
      failures += 1;
    },
    waitMs(nowMs) {
      advance(nowMs);
      if (phase !== 'starting') return 0;
      const waitMs = Math.max(0, nextAt - nowMs);
      hasHeld ||= waitMs > 0;
      return waitMs;
    },
    started(nowMs) {
      if (phase === 'starting') nextAt = Math.max(nextAt, nowMs - BURST_MS) + SECOND_MS / rate;
    },
    perSecond(nowMs) {
      advance(nowMs);
      return phase === 'starting' ? rate : Number.POSITIVE_INFINITY;
    },
  };
}

/** The rate after a second that succeeded. @param usual calls a second from before the outage; 0: unknown */
function grown(rate: number, usual: number): number {
  if (usual === 0) return 2 * rate;
  const easy = Math.max(FIRST_PER_SECOND, EASY_FACTOR * usual);
  return rate < easy ? Math.min(2 * rate, easy) : rate + Math.max(1, GROWTH * usual);
}
