/** How the gateway misbehaves on demand: slow, declining, failing before or after it acted, away. */
import * as z from 'zod';
import { RateWindow } from './rate-window.ts';

export const OPERATIONS = [
  'create',
  'retrieve',
  'confirm',
  'cancel',
  'refund',
  'list',
  'customer',
  'method',
  'attach',
  'detach',
] as const;
export type AnyOperation = (typeof OPERATIONS)[number];

const rate = z.number().min(0).max(1).default(0);
const ms = z.number().int().min(0).max(600_000).default(0);

/** One behaviour. Everything is off unless it is set. */
export const behaviour = z.strictObject({
  /** Waits before it acts, in ms, and up to this much more. */
  latencyMs: ms,
  latencyJitterMs: ms,
  /** Share of confirmations that are declined under any method. */
  declineRate: rate,
  /** Share of requests answered 500 without acting. As at Stripe the 500 is saved under the key. */
  errorRate: rate,
  /** Share of requests that act and are answered 500 all the same. The 500 is saved. */
  errorAfterActingRate: rate,
  /** Share of requests that act and are never answered. The saved answer is the true one. */
  hangAfterActingRate: rate,
  /** Acts at once and answers this much later. */
  chargeFirstThenAnswerAfterMs: ms,
  /** A confirmed payment is `processing` for so long. */
  processForMs: ms,
  /** refuse: the connection is cut; hang: nothing is done and nothing answered. */
  outage: z.enum(['none', 'refuse', 'hang']).default('none'),
  /** Answers 429 to requests beyond this many a second. */
  ratePerSecond: z.number().int().min(1).max(100_000).optional(),
  /** The `Retry-After` of a 429, in seconds; none without it. */
  retryAfterS: z.number().int().min(0).max(600).optional(),
  /** The status of new refunds, in place of the method's. */
  refundStatus: z.enum(['succeeded', 'pending', 'requires_action', 'failed']).optional(),
  /** Which calls it applies to; all without it. */
  on: z.array(z.enum(OPERATIONS)).min(1).optional(),
  /** The number of requests it applies to before it is dropped; without end if unset. */
  next: z.number().int().min(1).optional(),
  /** Only payments with one of these order ids in their metadata. */
  orderIds: z.array(z.string()).min(1).max(100_000).optional(),
});
export type Behaviour = z.infer<typeof behaviour>;

/** The body of the control API: one behaviour, or several of which the first that matches a request counts. */
export const behaviours = z.union([behaviour.transform((one) => [one]), z.array(behaviour).max(100)]);

/** The outcome of one request. */
export interface Fate {
  readonly waitMs: number;
  readonly outage: 'none' | 'refuse' | 'hang';
  /** Answered 429, with this `Retry-After` in seconds. */
  readonly limited?: { readonly retryAfterS: number | undefined };
  readonly decline: boolean;
  readonly fail: 'no' | 'before' | 'after' | 'hang-after';
  readonly answerAfterMs: number;
  readonly processForMs?: number;
  readonly refundStatus?: Behaviour['refundStatus'];
}

export const NORMAL: Fate = { waitMs: 0, outage: 'none', decline: false, fail: 'no', answerAfterMs: 0 };

/** The behaviours in force; counts down those that apply to a number of requests. */
export class Behaviours {
  #rules: Array<Omit<Behaviour, 'orderIds'> & { orderIds?: Set<string>; window?: RateWindow }> = [];
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  set(rules: readonly Behaviour[]): void {
    this.#rules = rules.map(({ orderIds, ...rule }) => ({
      ...rule,
      ...(orderIds && { orderIds: new Set(orderIds) }),
      ...(rule.ratePerSecond !== undefined && { window: new RateWindow(rule.ratePerSecond) }),
    }));
  }

  /** The rules now: `next` is the number of remaining requests. */
  get(): unknown[] {
    return this.#rules.map(({ orderIds, window: _, ...rule }) => ({
      ...rule,
      ...(orderIds && { orderIds: [...orderIds] }),
    }));
  }

  /** The fate of a request at a time (ms); `orderId` is that of the payment it speaks of, if any. */
  fateOf(operation: AnyOperation, orderId: string | undefined, nowMs = 0): Fate {
    const rule = this.#rules.find(
      ({ on, orderIds }) =>
        (on === undefined || on.includes(operation)) &&
        (orderIds === undefined || (orderId !== undefined && orderIds.has(orderId))),
    );
    if (rule === undefined) return NORMAL;
    if (rule.window?.admits(nowMs) === false)
      return { ...NORMAL, limited: { retryAfterS: rule.retryAfterS } };
    if (rule.next !== undefined && --rule.next === 0)
      this.#rules = this.#rules.filter((other) => other !== rule);
    const chance = (share: number) => share > 0 && this.#random() < share;
    const fail = chance(rule.errorRate)
      ? 'before'
      : chance(rule.errorAfterActingRate)
        ? 'after'
        : chance(rule.hangAfterActingRate)
          ? 'hang-after'
          : 'no';
    return {
      waitMs: rule.latencyMs + Math.round(rule.latencyJitterMs * this.#random()),
      outage: rule.outage,
      decline: chance(rule.declineRate),
      fail,
      answerAfterMs: rule.chargeFirstThenAnswerAfterMs,
      ...(rule.processForMs > 0 && { processForMs: rule.processForMs }),
      refundStatus: rule.refundStatus,
    };
  }
}
