/** Payment's own worker: claims what is due and drives each intent beside the others, until it is settled and said. */

import { backoffMs, retryForever } from '#platform/batching/retry.ts';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { drive, type Result } from './drive.ts';
import type { Gateway } from './gateway.ts';
import { BREAK_MS } from './gateways/guarded.ts';
import type { GatewayName, Intent } from './intent.ts';
import type { PaymentStore } from './store.ts';
import { createWriters, MAX_BATCH } from './writers.ts';

/** The work of a worker that died is taken over after this long; one that lives renews its leases. */
export const LEASE_MS = 10_000;

/** The delays between the tries of an intent. */
const RETRY = { firstMs: 500, maxMs: 60_000, jitter: 0.5 };

export interface WorkerParts {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly publisher: Publisher;
  readonly gateway: Gateway;
  /** Only intents of this gateway are claimed. */
  readonly gatewayName: GatewayName;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
  /** From 0 to 1: spreads what is tried again. */
  readonly random: () => number;
  /** A new UUID. */
  readonly newLease: () => string;
}

/** Claims and drives intents. When is not its business: see `loop.ts`. */
export interface Worker {
  /**
   * Claims up to `max` due intents and drives them.
   * @param onDone told of each intent that is let go of; `due`: it is due again at once
   * @returns how many it claimed; `done` resolves when it holds none of them any longer
   */
  turn(max: number, onDone?: (due: boolean) => void): Promise<{ claimed: number; done: Promise<void> }>;
  /** Puts off the ends of the leases of what is under way. */
  renew(): Promise<void>;
  /** How many intents it has under way. */
  underWay(): number;
}

/** Makes a worker. Everything it knows is in the rows: another may go on where it stopped. */
export function createWorker(parts: WorkerParts): Worker {
  const { unitOfWork, gateway, log } = parts;
  const writers = createWriters(parts);
  const inHand = new Set<Intent>();

  /** @returns whether the intent is due again at once */
  async function take(intent: Intent): Promise<boolean> {
    const result = await drive(intent, { gateway, keepId: writers.keepId }).catch((error): Result => {
      log.error('a try failed', { commandId: intent.commandId, error: messageOf(error) });
      return { kind: 'later', code: 'gateway-error', answered: true };
    });
    if (result.kind === 'lost') return false;
    if (result.kind !== 'later') return (await writers.finish({ intent, result })) && writers.release(intent);
    const { sagaId, commandId, lease, goal, tries } = intent;
    const untried = result.code === 'gateway-paused';
    const delayMs = untried ? BREAK_MS * (1 + parts.random() / 2) : retryMs(tries, parts.random);
    const dueAt = new Date(parts.now() + delayMs);
    const newKey = result.answered;
    await writers.postpone({
      sagaId,
      commandId,
      lease,
      goal,
      lastFailure: result.code,
      dueAt,
      untried,
      newKey,
    });
    return false;
  }

  async function hold(intent: Intent, onDone?: (due: boolean) => void): Promise<void> {
    inHand.add(intent);
    let due = false;
    try {
      due = await take(intent);
    } catch (error) {
      // Its lease lapses, and it is tried again: one bad row ends nobody.
      log.error('an intent was dropped', { commandId: intent.commandId, error: messageOf(error) });
    }
    inHand.delete(intent);
    onDone?.(due);
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
      unitOfWork.alone((store) => store.renewLeases([...inHand], new Date(parts.now() + LEASE_MS))),
    underWay: () => inHand.size,
  };
}

/** The delay after an intent's nth try, never over the cap. */
function retryMs(tries: number, random: () => number): number {
  return Math.min(RETRY.maxMs, backoffMs(tries - 1, RETRY, random));
}
