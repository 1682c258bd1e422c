/**
 * Lets calls to the gateway start at its account's pace, which the processes share through the store, and after an outage
 * slowly, each process for itself.
 */
import { retryForever } from '#platform/batching/retry.ts';
import type { Logger } from '#platform/process/log.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { GatewayName } from '../intent.ts';
import { callsWaiting, gatewayRate } from '../metrics.ts';
import type { LockedPace, PaymentStore } from '../store.ts';
import { type Grant, HORIZON_MS, type PaceState, reserve, slowDown } from './reservations.ts';
import { slowStart } from './slow-start.ts';

/** The most calls that one reservation covers. */
const MAX_PERMITS = 200;
/** Refusals closer together than this are one message to the store. */
const SLOW_DOWN_EVERY_MS = 200;
const SHORTEST_WAIT_MS = 5;
const SECOND_MS = 1_000;
/** Over this many noted times the old ones are dropped. */
const FULL = 10_000;

export interface Pace {
  /** Resolves when the next call may start. */
  permit(): Promise<void>;
  /** The gateway took a call that started then, by `performance.now()`. */
  took(startedAt: number): void;
  /** The gateway answered a call, and did not take it. */
  answered(): void;
  /** A call failed as in an outage. */
  failed(): void;
  /** No call was made: the gateway is out of service. */
  rejected(): void;
  /** The gateway refused a call because calls come too fast. */
  tooFast(retryAfterMs: number): void;
  /** Calls a second now; Infinity without a limit. */
  rate(): number;
  /** How many further attempts may begin: without a bound their calls would wait here, and their steps' clocks run. */
  room(): number;
}

export interface PaceParts {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly gatewayName: GatewayName;
  /** Calls a second of the account; Infinity without a limit. */
  readonly limit: number;
  readonly log: Logger;
}

/** A pace without a known limit makes no statement until the gateway first refuses a call. */
export function openPace({ unitOfWork, gatewayName, limit, log }: PaceParts): Pace {
  const starting = slowStart((ms) => log.info('gateway-at-full-pace', { ms }));
  /** Calls a second of the account. */
  let rate = limit;
  const waiting: Array<() => void> = [];
  let running = false;
  let blockedUntil = 0;
  let slowing = false;
  let slowedAt = Number.NEGATIVE_INFINITY;
  /** The end of the pause that the other processes know of. */
  let sharedUntil = Number.NEGATIVE_INFINITY;
  /** Calls taken, by when, of the last second. */
  let taken: number[] = [];
  /** When the gateway last refused a call, and whether it has taken one that started later. */
  let refusedAt = Number.NEGATIVE_INFINITY;
  let hasTaken = false;

  /** Changes the state that the processes share, while no other process can. */
  function change<T>(
    what: string,
    decide: (locked: LockedPace) => { readonly state: PaceState; readonly result: T },
  ): Promise<T> {
    const changed = () =>
      unitOfWork.transaction(async ({ store }) => {
        const { state, result } = decide(await store.lockPace(gatewayName));
        await store.writePace(gatewayName, state);
        return result;
      });
    return retryForever(changed, () => true, log, what);
  }

  async function reserveFor(wanted: number): Promise<Grant> {
    if (rate === Number.POSITIVE_INFINITY) return { permits: wanted, startsInMs: 0, everyMs: 0, rate };
    return change('reserving calls', ({ state, nowMs }) => {
      const reserved = reserve(state, wanted, limit, nowMs);
      return { state: reserved.state, result: reserved.grant };
    });
  }

  /** As many calls as a slow start lets begin within a reservation: more of the account's would be wasted. */
  const startingSoon = () => Math.ceil((starting.perSecond(performance.now()) * HORIZON_MS) / SECOND_MS);

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const blockedMs = blockedUntil - performance.now();
      if (blockedMs > 0) await sleep(blockedMs);
      const grant = await reserveFor(Math.min(waiting.length, MAX_PERMITS, startingSoon()));
      setRate(grant.rate);
      if (grant.permits === 0)
        await sleep(Math.max(SHORTEST_WAIT_MS, Math.min(grant.startsInMs - HORIZON_MS / 2, SECOND_MS)));
      else await start(grant.permits, performance.now() + grant.startsInMs, grant.everyMs);
    }
    running = false;
  }

  /** Starts so many calls at their times; gives the rest up once the gateway has refused one. */
  async function start(permits: number, from: number, everyMs: number): Promise<void> {
    for (let i = 0; i < permits; i++) {
      const now = performance.now();
      const waitMs = Math.max(from + i * everyMs - now, starting.waitMs(now));
      if (waitMs > 0) await sleep(waitMs);
      if (performance.now() < blockedUntil) return;
      starting.started(performance.now());
      waiting.shift()?.();
      callsWaiting.set(waiting.length);
    }
  }

  /** Tells the other processes, unless they know of a pause that is about as long. */
  function slowTogether(): void {
    const now = performance.now();
    const isKnown = now - slowedAt < SLOW_DOWN_EVERY_MS && blockedUntil < sharedUntil + SLOW_DOWN_EVERY_MS;
    if (slowing || isKnown) return;
    slowing = true;
    slowedAt = now;
    sharedUntil = blockedUntil;
    const retryAfterMs = Math.max(0, blockedUntil - now);
    const refusal = { limit, taken: takenLately(), retryAfterMs, isBlock: !hasTaken };
    hasTaken = false;
    // At once, so that no call starts before the store has answered.
    if (rate === Number.POSITIVE_INFINITY) setRate(Math.max(1, refusal.taken));
    void change('slowing down', ({ state, nowMs }) => ({
      state: slowDown(state, refusal, nowMs),
      result: undefined,
    })).then(() => {
      slowing = false;
      // A longer pause was demanded meanwhile.
      if (blockedUntil >= sharedUntil + SLOW_DOWN_EVERY_MS) slowTogether();
    });
  }

  function setRate(now: number): void {
    rate = now;
    report();
  }

  /** Of the account, and of a slow start. */
  const rateNow = () => Math.min(rate, starting.perSecond(performance.now()));

  function report(): void {
    const now = rateNow();
    gatewayRate.set(Number.isFinite(now) ? now : 0);
  }

  function answered(): void {
    starting.answered(performance.now());
    report();
  }

  function takenLately(): number {
    const since = performance.now() - SECOND_MS;
    taken = taken.filter((at) => at > since);
    return taken.length;
  }
  setRate(limit);

  return {
    permit() {
      if (rateNow() === Number.POSITIVE_INFINITY && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push(resolve);
        callsWaiting.set(waiting.length);
        if (running) return;
        running = true;
        void run();
      });
    },
    answered,
    failed: () => starting.failed(performance.now()),
    rejected: () => starting.rejected(),
    took(startedAt) {
      answered();
      hasTaken ||= startedAt > refusedAt;
      if (limit === Number.POSITIVE_INFINITY) taken.push(performance.now());
      if (taken.length > FULL) takenLately();
    },
    tooFast(retryAfterMs) {
      refusedAt = performance.now();
      blockedUntil = Math.max(blockedUntil, performance.now() + retryAfterMs);
      log.throttled('gateway-pace', 'gateway-limits-calls', {
        retryAfterMs,
      });
      slowTogether();
    },
    rate: rateNow,
    room() {
      const now = rateNow();
      return now === Number.POSITIVE_INFINITY ? now : Math.max(0, Math.ceil(now) - waiting.length);
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
