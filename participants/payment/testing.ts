/** For payment's tests on the real stack: charges and undos as records, a simulator, and workers with a clock to turn. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandRecord, Published, runBatch } from '../harness/testing/commands.ts';
import type { InRecord } from '../wire/envelope.ts';
import { commandId } from '../wire/ids.ts';
import { silent } from '../wire/log.ts';
import type { Database } from '../wire/postgres.ts';
import { payment } from './contract.ts';
import type { Gateway } from './gateway.ts';
import { startSimulator } from './gateway-simulator/server.ts';
import type { OrderSum } from './gateway-simulator/sums.ts';
import { openStripeGateway } from './gateways/stripe-gateway.ts';
import { paymentParticipant } from './handlers.ts';
import { createWorker } from './worker.ts';

export const AMOUNT = 4990;
const KEY = 'sk_test_of_a_test';

/** A charge of 49.90 EUR. */
export function charge(
  sagaId: string,
  { nth = 1, ...changes }: { method?: string; amount?: number; nth?: number } = {},
): InRecord {
  const data = {
    customerId: 'customer-1',
    amount: AMOUNT,
    currency: 'EUR',
    method: 'pm_card_visa',
    ...changes,
  };
  return commandRecord(payment, sagaId, 'payment.charge', data, { nth });
}

/** The id of a saga's nth charge. */
export const chargeId = (sagaId: string, nth = 1): string => commandId(sagaId, 'payment.charge', nth);

/** A refund or a void of the nth charges of a saga. */
export function takeBack(
  type: 'payment.refund' | 'payment.void',
  sagaId: string,
  { nth = 1, charges = [1] }: { nth?: number; charges?: number[] } = {},
): InRecord {
  const undoes = charges.map((n) => chargeId(sagaId, n));
  return commandRecord(payment, sagaId, type, { undoes }, { nth });
}

export interface TestSimulator {
  readonly url: string;
  readonly key: string;
  /** Sets how it behaves. */
  behave(behaviour: object | object[]): Promise<void>;
  forgetKeys(): Promise<void>;
  /** What its books say of an order; undefined: nothing. */
  sumOf(orderId: string): Promise<OrderSum | undefined>;
  close(): Promise<void>;
}

/** A simulator with books of its own, reached over HTTP alone. */
export async function openTestSimulator(): Promise<TestSimulator> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const listening = { host: '127.0.0.1', port: 0, readiness: () => null };
  const simulator = await startSimulator({ ...listening, booksPath: join(folder, 'books.jsonl'), key: KEY });
  const url = `http://127.0.0.1:${(simulator.server.address() as AddressInfo).port}`;
  return {
    ...controlOf(url, KEY),
    async close() {
      await simulator.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The control API of a simulator, wherever it runs. */
export function controlOf(url: string, key: string): Omit<TestSimulator, 'close'> {
  const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
    const headers = { authorization: `Bearer ${key}` };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(`${url}/_sim/${path}`, init);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  };
  return {
    url,
    key,
    behave: async (behaviour) => void (await ask('PUT', 'behaviour', behaviour)),
    forgetKeys: async () => void (await ask('POST', 'forget-keys')),
    async sumOf(orderId) {
      const text = await ask('GET', `books?orderIds=${orderId}`);
      return text === '' ? undefined : (JSON.parse(text) as OrderSum);
    },
  };
}

/** A clock that is turned by hand. */
export class Clock {
  #ms = Date.now();
  readonly now = (): number => this.#ms;
  advance(ms: number): void {
    this.#ms += ms;
  }
}

/** Payment on a database and a simulator: hands it commands, makes workers, turns them. */
export function openPayments(db: Database, simulator: TestSimulator, { timeoutMs = 5_000 } = {}) {
  const clock = new Clock();
  const out = new Published();
  const stripe = openStripeGateway({ url: simulator.url, key: simulator.key, timeoutMs, calls: 100 });
  const participant = paymentParticipant({ gateway: 'simulator' });
  /** Without a circuit breaker, unless one is given: each test breaks the gateway its own way. */
  const worker = (changes: { gateway?: Gateway; publisher?: Published; now?: () => number } = {}) =>
    createWorker({
      db,
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
  return {
    clock,
    out,
    stripe,
    participant,
    worker,
    handle: (...records: InRecord[]) =>
      runBatch({ participant, db, publisher: out, now: clock.now }, records),
    /** Turns the clock on, then drives all that is due; gives how many intents that were. */
    async turn(advanceMs = 0, by = standard): Promise<number> {
      clock.advance(advanceMs);
      const { claimed, done } = await by.turn(1_000);
      await done;
      return claimed;
    },
    close: () => stripe.close(),
  };
}
export type Payments = ReturnType<typeof openPayments>;

/** A gate that a test opens: `arrive` waits there, and tells who waits for `reached`. */
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
