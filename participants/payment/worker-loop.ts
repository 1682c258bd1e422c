/** Runs a worker in a process: wakes it for new work, checks regularly for due intents, and renews its leases. */
import { HOP_LINGER, type LingerLoad, lingerMs, observeBatch } from '#platform/batching/linger.ts';
import { retryForever } from '#platform/batching/retry.ts';
import type { Logger } from '#platform/process/log.ts';
import { repeat } from '#platform/process/repeat.ts';
import { messageOf } from '#protocol/errors.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { GatewayName } from './intent.ts';
import { untriedIntents } from './metrics.ts';
import type { Pace } from './pacing/pace.ts';
import type { PaymentStore } from './store.ts';
import { LEASE_MS, LONGEST_PAUSE_MS, type Released, type Worker } from './worker.ts';
import { MAX_BATCH } from './worker-writes.ts';

/** Over this many intents without a first attempt the consumer pauses, so that the backlog stays in Kafka. */
export const MAX_UNTRIED = 1_000;
/** With a limited pace fewer: as many as are charged in this time, far below a charge's time limit. */
const MAX_BACKLOG_S = 10;
/** The calls of a charge. */
const CALLS_PER_CHARGE = 2;
/**
 * Intents attempted at once to begin with: the gateway may turn out to refuse more, and what was taken from Kafka until then
 * waits with its step's clock running. Twice as many after each such time.
 */
const FIRST_AT_ONCE = 4;
const GROW_EVERY_MS = 250;
/** How often it checks for intents that became due: after a back-off, or after another worker's lease. */
const CHECK_EVERY_MS = 500;
/** As many as are attempted in so many rounds of attempts at once. */
const MAX_ROUNDS = 2;
const RENEW_EVERY_MS = LEASE_MS / 3;
/** The longest wait for attempts under way while it closes; their leases expire soon after. */
const CLOSE_WITHIN_MS = 5_000;

export interface Loop {
  /** Whether the consumer must pause. */
  paused(): boolean;
  /** How many commands the consumer may take now. */
  room(): number;
  /** Counts new intents, written and perhaps not committed yet. */
  added(count: number): void;
  /** Starts a turn: there may be new work. */
  wake(): void;
  /** Makes the intents of open commands that came again due now. */
  woken(commandIds: readonly string[]): void;
  close(): Promise<void>;
}

export interface LoopParts {
  readonly worker: Worker;
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly gatewayName: GatewayName;
  readonly log: Logger;
  readonly now: () => number;
  /** Intents attempted at once. */
  readonly calls: number;
  /** The pace of calls to the gateway; none without it. */
  readonly pace?: Pick<Pace, 'rate' | 'room'>;
  /** How short the CPU is, from 0 to 1: the share of the linger; 1 without it. */
  readonly cpuShortage?: () => number;
}

export function startLoop(parts: LoopParts): Loop {
  const { worker, unitOfWork, gatewayName, log, now, calls, pace, cpuShortage = () => 1 } = parts;
  let untried = 0;
  let closing = false;
  let hasWork = true;
  let isBacklogged = false;
  /** Until then intents that were postponed without a call may wait for their turn, like new ones. */
  let uncalledUntil = Number.NEGATIVE_INFINITY;
  /** Intents attempted at once now. */
  let atOnce = Math.min(FIRST_AT_ONCE, calls);
  let grownAt = performance.now();
  let endRest = () => {};
  const wake = () => {
    hasWork = true;
    endRest();
  };

  async function rest(): Promise<void> {
    if (hasWork || closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CHECK_EVERY_MS);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    endRest = () => {};
  }

  /** A gateway that refuses calls does so at once, and then the pace has the rate; a slow one only answers late. */
  function grow(): void {
    if (performance.now() - grownAt < GROW_EVERY_MS) return;
    grownAt = performance.now();
    if (worker.underWay() >= atOnce / 2) atOnce = Math.min(calls, 2 * atOnce);
  }

  async function run(): Promise<void> {
    let load: LingerLoad = { perSecond: 0, at: performance.now() };
    while (!closing) {
      await rest();
      const pauseMs = lingerMs(load, HOP_LINGER, cpuShortage());
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      hasWork = false;
      grow();
      const free = Math.max(0, Math.min(atOnce - worker.underWay(), pace?.room() ?? calls));
      const { claimed } = free > 0 ? await worker.turn(free, onDone) : { claimed: 0 };
      load = observeBatch(load, claimed, performance.now());
      // Fewer than requested: none waits. Otherwise some may.
      isBacklogged = claimed === Math.min(free, MAX_BATCH);
      const mayWait = isBacklogged || performance.now() < uncalledUntil;
      untried = mayWait ? await retryForever(count, () => true, log, 'counting intents') : 0;
      untriedIntents.set(untried);
      if (isBacklogged && claimed > 0) hasWork = true;
    }
  }

  // Without a backlog a free place starts no turn.
  const onDone = (released: Released) => {
    if (released === 'uncalled') uncalledUntil = performance.now() + LONGEST_PAUSE_MS;
    if (released === 'due' || isBacklogged) wake();
  };
  const maxUntried = () => {
    const paced = ((pace?.rate() ?? MAX_UNTRIED) * MAX_BACKLOG_S) / CALLS_PER_CHARGE;
    return Math.min(MAX_UNTRIED, Math.ceil(paced), MAX_ROUNDS * atOnce);
  };
  const count = () => unitOfWork.alone((store) => store.countUntried(gatewayName, MAX_UNTRIED + 1));

  const renewing = repeat(async () => worker.underWay() > 0 && (await worker.renew()), {
    everyMs: RENEW_EVERY_MS,
    log,
    failed: 'leases-not-renewed',
    restsFirst: true,
  });
  const running = run();

  return {
    paused: () => untried > maxUntried(),
    room: () => Math.max(1, maxUntried() + 1 - untried),
    added(count) {
      untried += count;
    },
    wake,
    woken(commandIds) {
      const sagaIds = [...new Set(commandIds.map((id) => id.slice(0, id.indexOf('/'))))];
      unitOfWork
        .alone((store) => store.wakeIntents(sagaIds, new Date(now())))
        .then(wake)
        .catch((error) => log.throttled('woken', 'intents-not-woken', { error: messageOf(error) }));
    },
    async close() {
      closing = true;
      wake();
      await running;
      await renewing.close();
      const until = performance.now() + CLOSE_WITHIN_MS;
      while (worker.underWay() > 0 && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}
