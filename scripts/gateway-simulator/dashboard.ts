/**
 * What happens to money without a call of the API: people refund at the merchant's dashboard, banks confirm or return
 * refunds and open disputes.
 */
import * as z from 'zod';
import { Form } from './form.ts';
import type { Effect, Ledger, PaymentIntent } from './ledger.ts';
import type { LedgerFile } from './ledger-file.ts';
import { methodOf } from './methods.ts';
import { act, dispute } from './operations.ts';
import { orderOf } from './sums.ts';

const orderId = z.string().min(1);
const amount = z.number().int().min(1).optional();
const REFUND_STATUSES = ['succeeded', 'pending', 'requires_action', 'failed', 'canceled'] as const;

/** The bodies, by the path under `/_sim/`. */
const BODIES = {
  /** A refund at the dashboard; the rest without an amount. */
  refunds: z.strictObject({ orderId, amount, status: z.enum(REFUND_STATUSES).optional() }),
  /** Moves the order's latest refund to another status. */
  'refunds/move': z.strictObject({ orderId, status: z.enum(REFUND_STATUSES) }),
  disputes: z.strictObject({ orderId, amount, status: z.string().default('needs_response') }),
  'disputes/move': z.strictObject({ orderId, status: z.string().min(1) }),
} as const;
export type DashboardCall = keyof typeof BODIES;

export function isDashboardCall(path: string): path is DashboardCall {
  return path in BODIES;
}

/**
 * Acts as the dashboard or the bank.
 * @returns the effects
 * @throws Error naming what is wrong with the call
 */
export function dashboard(
  ledgerFile: LedgerFile,
  path: DashboardCall,
  body: unknown,
  nowMs: number,
): Effect[] {
  const { ledger } = ledgerFile;
  const effects = decide(ledger, path, body, nowMs);
  ledgerFile.add(effects);
  return effects;
}

function decide(ledger: Ledger, path: DashboardCall, body: unknown, nowMs: number): Effect[] {
  if (path === 'refunds') {
    const wanted = BODIES.refunds.parse(body);
    const intent = paidOf(ledger, wanted.orderId);
    const text = `payment_intent=${intent.id}${wanted.amount === undefined ? '' : `&amount=${wanted.amount}`}`;
    const call = { operation: 'refund', id: '', form: new Form(text), nowMs, decline: false } as const;
    const done = act(ledger, { ...call, refundStatus: wanted.status });
    if (done.effects.length === 0) throw new Error(JSON.stringify(done.answer));
    return [...done.effects];
  }
  if (path === 'refunds/move') {
    const { orderId, status } = BODIES[path].parse(body);
    const latest = ledger.refundsOfIntent(paidOf(ledger, orderId).id).at(-1);
    if (latest === undefined) throw new Error(`${orderId} has no refund`);
    return [{ t: 'refund moved', id: latest.id, status, at: nowMs }];
  }
  if (path === 'disputes') {
    const { orderId, status, amount } = BODIES.disputes.parse(body);
    const intent = paidOf(ledger, orderId);
    return [dispute(intent, { amount: amount ?? intent.amount, nowMs, status })];
  }
  const { orderId, status } = BODIES[path].parse(body);
  const latest = ledger.disputesOfIntent(paidOf(ledger, orderId).id).at(-1);
  if (latest === undefined) throw new Error(`${orderId} has no dispute`);
  return [{ t: 'dispute moved', id: latest.id, status, at: nowMs }];
}

function paidOf(ledger: Ledger, orderId: string): PaymentIntent {
  for (const intent of ledger.intents.values())
    if (orderOf(intent) === orderId && intent.status === 'succeeded') return intent;
  throw new Error(`${orderId} has no successful payment`);
}

/** Banks settle refunds: those of a method whose refunds change later, once they are so old. @returns the effects */
export function settleRefunds(ledgerFile: LedgerFile, nowMs: number, afterMs: number): Effect[] {
  const { ledger } = ledgerFile;
  const effects: Effect[] = [];
  for (const { id, intentId, status, created } of ledger.refunds.values()) {
    const method = methodOf(ledger.intents.get(intentId)?.method ?? '');
    if (method?.refundThen === undefined || status !== method.refund || nowMs - created * 1000 < afterMs)
      continue;
    effects.push({ t: 'refund moved', id, status: method.refundThen, at: nowMs });
  }
  ledgerFile.add(effects);
  return effects;
}
