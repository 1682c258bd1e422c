/** The payment gateway, with a ledger of its own: calls arrive late, act without an answer, or do not arrive. */
import {
  type Gateway,
  GatewayOutage,
  GatewayRefusal,
  type Payment,
  type PaymentState,
} from '#participants/payment/gateway.ts';
import {
  type Listed,
  type ListName,
  type Money,
  type Reversal,
  sumsOf,
} from '#participants/payment/reversal.ts';
import type { GatewayLedger } from '../ledger/gateway-ledger.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** Longer than any process stands still, or a call takes. */
const KEYS_KEPT_MS = 45_000;
const DECLINED = 'pm_card_chargeDeclined';

interface Entry {
  readonly id: string;
  readonly payment: Payment;
  status: PaymentState['status'];
  reversals: Reversal[];
}

export class SimulatedGateway {
  readonly #world: World;
  readonly #entries = new Map<string, Entry>();
  /** Unreachable until then, ms. */
  #awayUntilMs = 0;
  /** The answers by idempotency key. */
  readonly #answers = new Map<string, { readonly answer: unknown; readonly atMs: number }>();

  /** Called with a payment whose money moved: the gateway's webhooks. */
  readonly #subscribers: Array<{ readonly life: Life; readonly notify: (paymentId: string) => void }> = [];
  /** Moves that are still to come. */
  #toMove = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The gateway as one process reaches it. */
  reachedBy(life: Life): Gateway {
    const call = <T>(name: string, work: () => T) => this.#call(life, name, work);
    const keyed = <T>(key: string, work: () => T): T => {
      const known = this.#answers.get(key);
      if (known !== undefined) return known.answer as T;
      const answer = work();
      this.#answers.set(key, { answer, atMs: this.#world.nowMs });
      return answer;
    };
    return {
      create: (payment, key) => call(`create ${key}`, () => keyed(key, () => this.#create(payment))),
      retrieve: (id) => call(`retrieve ${id}`, () => stateOf(this.#entry(id))),
      confirm: (id, key) => call(`confirm ${key}`, () => keyed(key, () => this.#confirm(this.#entry(id)))),
      cancel: (id, key) => call(`cancel ${key}`, () => keyed(key, () => this.#cancel(this.#entry(id)))),
      moneyOf: (id) => call(`moneyOf ${id}`, () => moneyOf(this.#entry(id))),
      list: (name) => call(`list ${name}`, () => ({ items: this.listed(name), next: null })),
      refund: (id, amount, _currency, key) =>
        call(`refund ${amount} ${key}`, () => keyed(key, () => this.#refund(this.#entry(id), amount, true))),
    };
  }

  /**
   * Expires old keys, so that a repeated call acts again, as after a day at a real gateway; no call takes so long.
   */
  forgetKeys(): void {
    for (const [key, { atMs }] of this.#answers)
      if (atMs < this.#world.nowMs - KEYS_KEPT_MS) this.#answers.delete(key);
  }

  /** Sends webhooks to a process while it lives. */
  subscribe(life: Life, notify: (paymentId: string) => void): void {
    this.#subscribers.push({ life, notify });
  }

  /** Refunds and disputes that a bank has yet to decide. */
  get undecided(): number {
    return this.#toMove;
  }

  /** Makes the gateway unreachable for a while: longer than a step, and than an undo, may take. */
  breakDown(): void {
    this.#awayUntilMs = this.#world.nowMs + this.#world.random.between(8_000, 40_000);
  }

  /** Its ledger, one line an order. */
  ledger(): GatewayLedger[] {
    const lines = new Map<string, { orderId: string; currency: string; charged: number; refunded: number }>();
    for (const { payment, status, reversals } of this.#entries.values()) {
      const { sagaId: orderId, currency, amount } = payment;
      const line = lines.get(orderId) ?? { orderId, currency, charged: 0, refunded: 0 };
      if (status === 'succeeded') line.charged += amount;
      line.refunded += sumsOf({ key: null, received: 0, reversals }).settled;
      lines.set(orderId, line);
    }
    return [...lines.values()];
  }

  #call<T>(life: Life, what: string, work: () => T): Promise<T> {
    const { scheduler, faults, random, story } = this.#world;
    return new Promise((resolve, reject) => {
      if (this.#world.crashes(life, 'before the gateway was called')) return;
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
    this.#entries.set(id, { id, payment, status: 'unconfirmed', reversals: [] });
    return id;
  }

  #confirm(entry: Entry): PaymentState {
    if (entry.status === 'unconfirmed') {
      entry.status = entry.payment.method === DECLINED ? 'declined' : 'succeeded';
      if (entry.status === 'succeeded' && this.#world.faults.day.movesMoney) this.#othersAct(entry);
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

  #refund(entry: Entry, amount: number, own: boolean): Reversal {
    if (entry.status !== 'succeeded') throw new GatewayRefusal({ code: 'not-charged' });
    // As at Stripe: no refund exceeds the charge, under any key.
    const { owed } = sumsOf(moneyOf(entry));
    if (owed === 0) throw new GatewayRefusal({ code: 'charge_already_refunded' });
    if (amount > owed) throw new GatewayRefusal({ code: 'amount_too_large' });
    const id = `re_${entry.id}_${entry.reversals.length + 1}`;
    const status = { state: 'settled', status: 'succeeded' } as const;
    const refund: Reversal = { id, kind: 'refund', amount, own, ...status, createdAt: this.#world.nowMs };
    entry.reversals.push(refund);
    return this.#world.faults.day.movesMoney ? this.#decideLater(entry, refund) : refund;
  }

  /** Some refunds are pending first, some fail, and some of those only after they succeeded. */
  #decideLater(entry: Entry, refund: Reversal): Reversal {
    const { random, faults } = this.#world;
    const isPending = random.chance(0.5);
    const fails = random.chance(0.3);
    if (!isPending && !fails) return refund;
    const first: Reversal = isPending ? { ...refund, state: 'pending', status: 'pending' } : refund;
    this.#put(entry, first);
    this.#moves(random.between(2_000, 60_000), entry, () => {
      const failsNow = fails && faults.active;
      this.#put(entry, { ...refund, ...(failsNow && { state: 'failed', status: 'failed' }) });
    });
    return first;
  }

  /** Others refund a part at the gateway, and banks open disputes, which are won or lost. */
  #othersAct(entry: Entry): void {
    const { random, faults } = this.#world;
    if (random.chance(0.3))
      this.#moves(random.between(1_000, 60_000), entry, () => {
        const { owed } = sumsOf(moneyOf(entry));
        if (faults.active && owed > 1) this.#refund(entry, Math.ceil(owed / 3), false);
      });
    if (!random.chance(0.2)) return;
    this.#moves(random.between(1_000, 60_000), entry, () => {
      const { owed: amount } = sumsOf(moneyOf(entry));
      if (!faults.active || amount === 0) return;
      const opened: Reversal = {
        ...{ id: `dp_${entry.id}`, kind: 'dispute', amount, state: 'pending', status: 'needs_response' },
        own: false,
        createdAt: this.#world.nowMs,
      };
      this.#put(entry, opened);
      const isWon = random.chance(0.5);
      this.#moves(random.between(5_000, 60_000), entry, () =>
        this.#put(entry, { ...opened, state: isWon ? 'failed' : 'settled', status: isWon ? 'won' : 'lost' }),
      );
    });
  }

  #put(entry: Entry, reversal: Reversal): void {
    const { id, state, amount, own } = reversal;
    this.#world.story.add('gateway', `${id} of ${amount} is ${state}${own ? '' : ', by others'}`);
    entry.reversals = [...entry.reversals.filter((one) => one.id !== id), reversal];
  }

  /** Money moves later; the webhook about it is lost, comes late, or comes twice. */
  #moves(inMs: number, entry: Entry, move: () => void): void {
    const { scheduler, random } = this.#world;
    this.#toMove += 1;
    scheduler.in(inMs, null, () => {
      this.#toMove -= 1;
      move();
      const copies = random.pick([0, 0, 1, 1, 2]);
      for (let n = 0; n < copies; n++) {
        scheduler.in(random.between(1, 5_000), null, () => {
          const alive = this.#subscribers.filter(({ life }) => life.alive);
          if (alive.length > 0) random.pick(alive).notify(entry.id);
        });
      }
    });
  }
}

function moneyOf({ status, payment, reversals }: Entry): Money {
  const { sagaId, commandId } = payment;
  return {
    key: { sagaId, commandId },
    received: status === 'succeeded' ? payment.amount : 0,
    reversals: [...reversals],
  };
}

function stateOf({ status }: Entry): PaymentState {
  return status === 'declined' ? { status, refusal: { code: 'card_declined' } } : { status };
}
