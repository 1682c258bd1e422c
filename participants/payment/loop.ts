/** Runs a worker in a process: wakes it for new work, checks regularly for what has fallen due, keeps its leases. */

import { type LingerLoad, lingerMs, observeBatch } from '#platform/batching/linger.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { GatewayName } from './intent.ts';
import { untriedIntents } from './metrics.ts';
import type { PaymentStore } from './store.ts';
import { LEASE_MS, type Worker } from './worker.ts';
import { MAX_BATCH } from './writers.ts';

/** While more than this many intents wait for their first try nothing is fetched: what waits, waits in Kafka. */
export const MAX_UNTRIED = 1_000;
/** How often it checks for what fell due by itself: back-offs, other workers' lapsed leases. */
const CHECK_EVERY_MS = 500;
const RENEW_EVERY_MS = LEASE_MS / 3;
/** How long ending waits for what is under way; its leases lapse soon after. */
const CLOSE_WITHIN_MS = 5_000;

export interface Loop {
  /** Whether fetching must pause. */
  paused(): boolean;
  /** New intents have been written, perhaps not committed yet. */
  added(count: number): void;
  /** New work may be there. */
  wake(): void;
  /** Open commands came again: their intents are looked at now. */
  woken(commandIds: readonly string[]): void;
  close(): Promise<void>;
}

export interface LoopParts {
  readonly worker: Worker;
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly gatewayName: GatewayName;
  readonly log: Logger;
  readonly now: () => number;
  /** Intents driven at once. */
  readonly calls: number;
}

/** Starts the loop. */
export function startLoop({ worker, unitOfWork, gatewayName, log, now, calls }: LoopParts): Loop {
  let untried = 0;
  let closing = false;
  let asked = true;
  let hungry = false;
  let ring = () => {};
  const wake = () => {
    asked = true;
    ring();
  };

  async function rest(): Promise<void> {
    if (asked || closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CHECK_EVERY_MS);
      ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    ring = () => {};
  }

  async function run(): Promise<void> {
    let load: LingerLoad = { perSecond: 0, at: performance.now() };
    while (!closing) {
      await rest();
      const pauseMs = lingerMs(load);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      asked = false;
      const free = calls - worker.underWay();
      const { claimed } = free > 0 ? await worker.turn(free, onDone) : { claimed: 0 };
      load = observeBatch(load, claimed, performance.now());
      // Fewer than there was room for: none waits. Otherwise some may.
      hungry = claimed === Math.min(free, MAX_BATCH);
      untried = hungry ? await retryForever(count, () => true, log, 'counting intents') : 0;
      untriedIntents.set(untried);
      if (hungry && claimed > 0) asked = true;
    }
  }

  // Where none waited a place that is free again is no reason to look.
  const onDone = (due: boolean) => {
    if (due || hungry) wake();
  };
  const count = () => unitOfWork.alone((store) => store.countUntried(gatewayName, MAX_UNTRIED + 1));

  const renewing = setInterval(() => {
    if (worker.underWay() === 0) return;
    worker
      .renew()
      .catch((error) => log.throttled('renew', 'leases were not renewed', { error: messageOf(error) }));
  }, RENEW_EVERY_MS);
  const running = run();

  return {
    paused: () => untried > MAX_UNTRIED,
    added(count) {
      untried += count;
    },
    wake,
    woken(commandIds) {
      const sagaIds = [...new Set(commandIds.map((id) => id.slice(0, id.indexOf('/'))))];
      unitOfWork
        .alone((store) => store.wakeIntents(sagaIds, new Date(now())))
        .then(wake)
        .catch((error) => log.throttled('woken', 'intents were not woken', { error: messageOf(error) }));
    },
    async close() {
      closing = true;
      wake();
      await running;
      clearInterval(renewing);
      const until = performance.now() + CLOSE_WITHIN_MS;
      while (worker.underWay() > 0 && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}
