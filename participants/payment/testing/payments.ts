/** For payment's tests: payment with a manual clock and workers that a test runs turn by turn. */
import { randomUUID } from 'node:crypto';
import { silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { Published, runBatch } from '#runtime/testing/commands.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Gateway } from '../gateway.ts';
import { openStripeGateway } from '../gateways/stripe-gateway.ts';
import { paymentParticipant } from '../handlers.ts';
import { createInspector } from '../inspect.ts';
import { reconcile } from '../reconcile.ts';
import type { PaymentStore } from '../store.ts';
import { createWorker } from '../worker.ts';
import type { TestSimulator } from './simulator.ts';

/** A manual clock. */
export class Clock {
  #ms = Date.now();
  readonly now = (): number => this.#ms;
  advance(ms: number): void {
    this.#ms += ms;
  }
}

/** Payment on a unit of work and a simulator: runs commands, makes workers, runs their turns. */
export function openPayments(
  unitOfWork: UnitOfWork<PaymentStore>,
  simulator: TestSimulator,
  { timeoutMs = 5_000 } = {},
) {
  const clock = new Clock();
  const out = new Published();
  const stripe = openStripeGateway({ url: simulator.url, key: simulator.key, timeoutMs, calls: 100 });
  const participant = paymentParticipant({ gateway: 'simulator' });
  /** Without a circuit breaker by default: each test breaks the gateway its own way. */
  const worker = (changes: { gateway?: Gateway; publisher?: Published; now?: () => number } = {}) =>
    createWorker({
      unitOfWork,
      publisher: out,
      gateway: stripe,
      gatewayName: 'simulator',
      log: silent,
      now: clock.now,
      random: () => 0.5,
      newLease: randomUUID,
      ...changes,
    });
  const standard = worker();
  const about = { unitOfWork, publisher: out, gateway: stripe, log: silent, now: clock.now };
  const inspector = createInspector(about);
  return {
    clock,
    out,
    stripe,
    participant,
    worker,
    handle: (...records: InRecord[]) =>
      runBatch({ participant, unitOfWork, publisher: out, now: clock.now }, records),
    /** Advances the clock, then attempts all due intents; resolves to their number. */
    async turn(advanceMs = 0, by = standard): Promise<number> {
      clock.advance(advanceMs);
      const { claimed, done } = await by.turn(1_000);
      await done;
      return claimed;
    },
    inspector,
    /** Compares the gateway's lists with the ledger. */
    reconcile: () => reconcile({ ...about, inspector }),
    close: () => stripe.close(),
  };
}
export type Payments = ReturnType<typeof openPayments>;

/** A gate that a test opens: `arrive` waits there and resolves `reached`. */
export function gate(): { arrive: () => Promise<void>; reached: Promise<void>; open: () => void } {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: opened.resolve,
    arrive: () => {
      reached.resolve();
      return opened.promise;
    },
  };
}
