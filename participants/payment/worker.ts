/** Payment's worker: claims due intents and attempts them concurrently, until each is settled and its reply published. */
import { backoffMs, retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { attemptIntent, type Result } from './attempt-intent.ts';
import { openAttemptSpans } from './attempt-spans.ts';
import type { Gateway, OutageCode } from './gateway.ts';
import { BREAK_MS } from './gateways/guarded.ts';
import type { GatewayName, Intent } from './intent.ts';
import type { PaymentStore } from './store.ts';
import { MAX_BATCH, workerWrites } from './worker-writes.ts';

/** After this long another worker takes over a crashed worker's intents; a live one renews its leases. */
export const LEASE_MS = 10_000;

/** The delays after outages in which no call was executed: such an attempt does not count. */
const PAUSES: Partial<Record<OutageCode, number>> = { 'gateway-paused': BREAK_MS, 'gateway-limited': 1_000 };
/** They are stretched by up to half, so that intents do not come back all at once. */
const STRETCH = 0.5;
/** After which an intent that was postponed without a call is due again. */
export const LONGEST_PAUSE_MS = BREAK_MS * (1 + STRETCH);

/** The delays between the attempts at an intent. */
const RETRY = { firstMs: 500, maxMs: 60_000, jitter: 0.5 };
/** The delays between the checks of a refund that a bank has yet to confirm; webhooks come sooner. */
const WATCH = { firstMs: 5_000, maxMs: 3_600_000, jitter: 0.5 };

export interface WorkerParts {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly publisher: Publisher;
  readonly gateway: Gateway;
  /** It claims intents of this gateway alone. */
  readonly gatewayName: GatewayName;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
  /** From 0 to 1: the jitter of retries. */
  readonly random: () => number;
  /** A new UUID. */
  readonly newLease: () => string;
  /** How short the CPU is, from 0 to 1: the share of the linger; 1 without it. */
  readonly cpuShortage?: () => number;
}

/** done; due: again at once; uncalled: later, because no call was executed. */
export type Released = 'done' | 'due' | 'later' | 'uncalled';

/** Claims and attempts intents; `worker-loop.ts` decides when. */
export interface Worker {
  /**
   * Claims up to `max` due intents and attempts them.
   * @param onDone called with each released intent
   * @returns how many it claimed; `done` resolves when it has released all of them
   */
  turn(max: number, onDone?: (released: Released) => void): Promise<{ claimed: number; done: Promise<void> }>;
  /** Extends the leases of the intents under way. */
  renew(): Promise<void>;
  /** Counts the intents under way. */
  underWay(): number;
}

/** Makes a worker. Its state is in the rows, so another worker can go on where it stopped. */
export function createWorker(parts: WorkerParts): Worker {
  const { unitOfWork, gateway, log } = parts;
  const writes = workerWrites(parts);
  const underWay = new Set<Intent>();

  async function handle(intent: Intent): Promise<Released> {
    const readAt = new Date(parts.now());
    const spans = openAttemptSpans(intent, gateway);
    const attempt = attemptIntent(intent, { gateway: spans.gateway, keepId: writes.keepId });
    const result = await attempt.catch((error): Result => {
      log.error('payment-attempt-defect', { commandId: intent.commandId, error: messageOf(error) });
      return { kind: 'later', code: 'gateway-error', answered: true };
    });
    spans.ended(result);
    if (result.kind === 'lost') return 'later';
    if (result.kind !== 'later') {
      const isDue = (await writes.finish({ intent, result, readAt })) && (await writes.release(intent));
      return isDue ? 'due' : 'done';
    }
    const { sagaId, commandId, lease, goal, tries, amount, currency } = intent;
    const pauseMs = PAUSES[result.code];
    const untried = pauseMs !== undefined;
    const delayMs = untried
      ? pauseMs * (1 + parts.random() * STRETCH)
      : retryMs(tries, result.code, parts.random);
    const dueAt = new Date(parts.now() + delayMs);
    const newKey = result.answered;
    await writes.postpone({
      sagaId,
      commandId,
      lease,
      goal,
      lastFailure: result.code,
      dueAt,
      untried,
      newKey,
      refundId: result.refundId ?? null,
      ...(result.money && { money: result.money }),
      readAt,
      amount,
      currency,
    });
    return untried ? 'uncalled' : 'later';
  }

  async function hold(intent: Intent, onDone?: (released: Released) => void): Promise<void> {
    underWay.add(intent);
    let released: Released = 'later';
    try {
      released = await handle(intent);
    } catch (error) {
      // Its lease expires, and a worker retries it: one bad row must not end the process.
      log.error('payment-intent-failed', {
        commandId: intent.commandId,
        error: messageOf(error),
      });
    }
    underWay.delete(intent);
    onDone?.(released);
  }

  return {
    async turn(max, onDone) {
      const claim = () => {
        const at = parts.now();
        const due = {
          gateway: parts.gatewayName,
          lease: parts.newLease(),
          max: Math.min(max, MAX_BATCH),
          now: new Date(at),
          leaseEndsAt: new Date(at + LEASE_MS),
        };
        return unitOfWork.alone((store) => store.claimIntents(due));
      };
      const claimed = await retryForever(claim, () => true, log, 'claiming intents');
      const done = Promise.all(claimed.map((intent) => hold(intent, onDone)));
      return { claimed: claimed.length, done: done.then(() => {}) };
    },
    renew: () =>
      unitOfWork.alone((store) => store.renewLeases([...underWay], new Date(parts.now() + LEASE_MS))),
    underWay: () => underWay.size,
  };
}

/** The delay after an intent's nth try, never over the cap. */
function retryMs(tries: number, code: OutageCode, random: () => number): number {
  const delays = code === 'refund-pending' ? WATCH : RETRY;
  return Math.min(delays.maxMs, backoffMs(tries - 1, delays, random));
}
