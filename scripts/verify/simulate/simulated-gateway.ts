/** The payment gateway, with a ledger of its own: calls arrive late, act without an answer, or do not arrive. */
import {
  type Gateway,
  GatewayOutage,
  GatewayRefusal,
  type Payment,
  type PaymentState,
} from '#participants/payment/gateway.ts';
import type { Listed, ListName, Reversal } from '#participants/payment/reversal.ts';
import type { GatewayLedger } from '../ledger/gateway-ledger.ts';
import { GatewayAccount } from './gateway-account.ts';
import { type Entry, GatewayMoves, moneyOf, sum } from './gateway-moves.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** Longer than any process stands still, or a call takes. */
const KEYS_KEPT_MS = 45_000;
const DECLINED = 'pm_card_chargeDeclined';

export class SimulatedGateway {
  readonly #world: World;
  readonly #entries = new Map<string, Entry>();
  /** Unreachable until then, ms. */
  #awayUntilMs = 0;
  /** The answers by idempotency key. */
  readonly #answers = new Map<string, { readonly answer: unknown; readonly atMs: number }>();

  readonly moves: GatewayMoves;
  /** Its limits; null on a day without. */
  readonly account: GatewayAccount | null;

  constructor(world: World) {
    this.#world = world;
    this.moves = new GatewayMoves(world);
    this.account = world.faults.day.limitsCalls ? new GatewayAccount(world) : null;
  }

  /** The gateway as one process reaches it. */
  reachedBy(life: Life): Gateway {
    const call = <T>(name: string, sagaId: string | null, work: () => T) =>
      this.#call(life, name, sagaId, work);
    const sagaOf = (id: string) => this.#entries.get(id)?.payment.sagaId ?? null;
    const keyed = <T>(key: string, work: () => T): T => {
      const known = this.#answers.get(key);
      if (known !== undefined) return known.answer as T;
      const answer = work();
      this.#answers.set(key, { answer, atMs: this.#world.nowMs });
      return answer;
    };
    return {
      create: (payment, key) =>
        call(`create ${key}`, payment.sagaId, () => keyed(key, () => this.#create(payment))),
      retrieve: (id) => call(`retrieve ${id}`, sagaOf(id), () => stateOf(this.#entry(id))),
      confirm: (id, key) =>
        call(`confirm ${key}`, sagaOf(id), () => keyed(key, () => this.#confirm(this.#entry(id)))),
      cancel: (id, key) =>
        call(`cancel ${key}`, sagaOf(id), () => keyed(key, () => this.#cancel(this.#entry(id)))),
      moneyOf: (id) => call(`moneyOf ${id}`, sagaOf(id), () => this.moves.show(this.#entry(id), life)),
      list: (name) => call(`list ${name}`, null, () => ({ items: this.listed(name), next: null })),
      refund: (id, amount, _currency, key) =>
        call(`refund ${amount} ${key}`, sagaOf(id), () =>
          keyed(key, () => this.#refund(this.#entry(id), amount, life)),
        ),
    };
  }

  /**
   * Expires old keys, so that a repeated call acts again, as after a day at a real gateway; no call takes so long.
   */
  forgetKeys(): void {
    for (const [key, { atMs }] of this.#answers)
      if (atMs < this.#world.nowMs - KEYS_KEPT_MS) this.#answers.delete(key);
  }

  /** Makes the gateway unreachable for a while: longer than a step, and than an undo, may take. */
  breakDown(): void {
    this.#awayUntilMs = this.#world.nowMs + this.#world.random.between(8_000, 40_000);
  }

  /** Its ledger, one line an order. */
  ledger(): GatewayLedger[] {
    const lines = new Map<string, GatewayLedger>();
    for (const entry of this.#entries.values()) {
      const { payment, status, reversals } = entry;
      const { sagaId: orderId, currency, amount } = payment;
      const line = lines.get(orderId) ?? { orderId, currency, charged: 0, refunded: 0, reversals: [] };
      const listed = reversals.map((one) => ({ ...one, changedAt: one.createdAt }));
      lines.set(orderId, {
        ...line,
        charged: line.charged + (status === 'succeeded' ? amount : 0),
        refunded: line.refunded + sum(entry, ['settled']),
        reversals: [...line.reversals, ...listed],
      });
    }
    return [...lines.values()];
  }

  #call<T>(life: Life, what: string, sagaId: string | null, work: () => T): Promise<T> {
    const { scheduler, faults, random, story } = this.#world;
    return new Promise((resolve, reject) => {
      if (this.#world.crashes(life, 'before the gateway was called')) return;
      this.account?.calls(life);
      const slow = () => (faults.occurs('gatewaySlow') ? random.between(500, 12_000) : random.between(1, 30));
      const lastFailure = (code: 'gateway-unreachable' | 'gateway-timed-out') =>
        scheduler.in(slow(), life, () => reject(new GatewayOutage(code, what)));
      const isDown = faults.active && this.#world.nowMs < this.#awayUntilMs;
      if (isDown || faults.occurs('gatewayAway')) {
        story.add('gateway', `cannot be reached by ${life.name}: ${what}`);
        lastFailure('gateway-unreachable');
        return;
      }
      // A request on its way arrives, even when its sender crashes.
      scheduler.in(slow(), null, () => {
        const limited = this.account?.admit(what, sagaId) ?? null;
        if (limited !== null) {
          scheduler.in(slow(), life, () => {
            this.account?.refuses(life, limited);
            reject(limited);
          });
          return;
        }
        let answer: () => void;
        try {
          const result = work();
          story.add('gateway', `${what}: ${JSON.stringify(result)}`);
          answer = () => resolve(result);
        } catch (error) {
          answer = () => reject(error);
        }
        if (!life.alive || this.#world.crashes(life, 'after a gateway call, before its answer')) return;
        if (faults.occurs('gatewayAnswerLost')) {
          // As a 500 of a real one may: it is done all the same, and the same key would only bring the 500 again.
          const broken = new GatewayOutage('gateway-error', what, { answered: true });
          if (random.chance(0.5)) lastFailure('gateway-timed-out');
          else scheduler.in(slow(), life, () => reject(broken));
        } else scheduler.in(slow(), life, answer);
      });
    });
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new GatewayOutage('gateway-lost-payment', id);
    return entry;
  }

  #create(payment: Payment): string {
    const id = `pi_${this.#entries.size + 1}`;
    this.#entries.set(id, {
      id,
      payment,
      status: 'unconfirmed',
      reversals: [],
      shown: new Map(),
      returned: new Map(),
    });
    return id;
  }

  #confirm(entry: Entry): PaymentState {
    if (entry.status === 'unconfirmed') {
      entry.status = entry.payment.method === DECLINED ? 'declined' : 'succeeded';
      if (entry.status === 'succeeded' && this.#world.faults.day.movesMoney) this.moves.othersAct(entry);
    }
    return stateOf(entry);
  }

  #cancel(entry: Entry): PaymentState {
    if (entry.status === 'unconfirmed') entry.status = 'cancelled';
    return stateOf(entry);
  }

  /** A list of the gateway, whole. */
  listed(name: ListName): Listed[] {
    return [...this.#entries.values()].flatMap((entry): Listed[] => {
      const { key, reversals } = moneyOf(entry);
      const paymentId = entry.id;
      if (name === 'charges')
        return entry.status === 'succeeded' ? [{ id: `ch_${entry.id}`, paymentId, state: null, key }] : [];
      return reversals
        .filter(({ kind }) => name === `${kind}s`)
        .map(({ id, state }) => ({ id, paymentId, state, key }));
    });
  }

  #refund(entry: Entry, amount: number, life: Life): Reversal {
    const refund = this.moves.refund(entry, amount, life);
    if (typeof refund === 'string') throw new GatewayRefusal({ code: refund });
    return refund;
  }

  /** Whether a refund of an order's payments has failed. */
  hasFailedRefund(orderId: string): boolean {
    return [...this.#entries.values()].some(
      ({ payment, reversals }) =>
        payment.sagaId === orderId &&
        reversals.some(({ kind, state }) => kind === 'refund' && state === 'failed'),
    );
  }

  /** Whether every part of a charge was with the customer at some time; true for one that never came here. */
  wasReturned(commandId: string): boolean {
    const paid = [...this.#entries.values()].filter(
      ({ payment, status }) => payment.commandId === commandId && status === 'succeeded',
    );
    return paid.every(
      ({ payment, returned }) => [...returned.values()].reduce((sum, one) => sum + one, 0) >= payment.amount,
    );
  }
}

function stateOf({ status }: Entry): PaymentState {
  return status === 'declined' ? { status, refusal: { code: 'card_declined' } } : { status };
}
