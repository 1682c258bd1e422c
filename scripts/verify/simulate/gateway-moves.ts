/** The money of the simulated gateway that moves back: refunds that banks decide later, others' refunds, disputes. */
import type { Payment, PaymentState } from '#participants/payment/gateway.ts';
import type { Money, Reversal } from '#participants/payment/reversal.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** A payment of the gateway. */
export interface Entry {
  readonly id: string;
  readonly payment: Payment;
  status: PaymentState['status'];
  reversals: Reversal[];
  /** What was owed when its money was read, by reader. */
  readonly shown: Map<Life, Array<{ readonly owed: number; readonly atMs: number }>>;
  /** By reversal, what was with the customer at some time: a part may fail while the rest is still refunded. */
  readonly returned: Map<string, number>;
}

/** An attempt, with its calls, takes less. */
const ONE_ATTEMPT_MS = 60_000;

export class GatewayMoves {
  readonly #world: World;
  /** Called with a payment whose money moved: the gateway's webhooks. */
  readonly #subscribers: Array<{ readonly life: Life; readonly notify: (paymentId: string) => void }> = [];
  #toMove = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Refunds and disputes that a bank has yet to decide. */
  get undecided(): number {
    return this.#toMove;
  }

  /** Sends webhooks to a process while it lives. */
  subscribe(life: Life, notify: (paymentId: string) => void): void {
    this.#subscribers.push({ life, notify });
  }

  /** Shows a payment's money to a process. */
  show(entry: Entry, life: Life): Money {
    const before = entry.shown.get(life) ?? [];
    entry.shown.set(life, [...before, { owed: owedOf(entry), atMs: this.#world.nowMs }]);
    return moneyOf(entry);
  }

  /** Refunds a part of a payment, for one of payment's processes or for others. @returns the refund, or why there is none: as at Stripe no refund exceeds the charge */
  refund(
    entry: Entry,
    amount: number,
    by: Life | null,
  ): Reversal | 'not-charged' | 'charge_already_refunded' | 'amount_too_large' {
    if (entry.status !== 'succeeded') return 'not-charged';
    const owed = owedOf(entry);
    if (owed === 0) return 'charge_already_refunded';
    const shown = (by !== null && entry.shown.get(by)) || [];
    const wasOwed = shown.some((one) => one.owed === amount && one.atMs > this.#world.nowMs - ONE_ATTEMPT_MS);
    if (by !== null && !wasOwed)
      this.#world.wrong.push(
        `what is owed: ${by.name} refunds ${amount} of ${entry.id}, which was never owed`,
      );
    if (amount > owed) return 'amount_too_large';
    const id = `re_${entry.id}_${entry.reversals.length + 1}`;
    const status = { state: 'settled', status: 'succeeded' } as const;
    const refund: Reversal = {
      id,
      kind: 'refund',
      amount,
      own: by !== null,
      ...status,
      createdAt: this.#world.nowMs,
    };
    if (this.#world.faults.day.movesMoney) return this.#decideLater(entry, refund);
    this.#put(entry, refund);
    return refund;
  }

  /** Some refunds are pending first, some fail, and some of those only after they succeeded. */
  #decideLater(entry: Entry, refund: Reversal): Reversal {
    const { random, faults } = this.#world;
    const isPending = random.chance(0.5);
    const fails = random.chance(0.3);
    const first: Reversal = isPending ? { ...refund, state: 'pending', status: 'pending' } : refund;
    this.#put(entry, first);
    if (!isPending && !fails) return refund;
    // Some banks decide before the answer to a slow call has arrived.
    const decidedInMs = random.chance(0.4) ? random.between(10, 3_000) : random.between(2_000, 60_000);
    this.#moves(decidedInMs, entry, () => {
      const failsNow = fails && faults.active;
      this.#put(entry, { ...refund, ...(failsNow && { state: 'failed', status: 'failed' }) });
    });
    return first;
  }

  /** Others refund a part at the gateway, and banks open disputes, which are won or lost. */
  othersAct(entry: Entry): void {
    const { random, faults } = this.#world;
    if (random.chance(0.3))
      this.#moves(random.between(1_000, 60_000), entry, () => {
        const owed = owedOf(entry);
        if (faults.active && owed > 1) this.refund(entry, Math.ceil(owed / 3), null);
      });
    if (!random.chance(0.2)) return;
    this.#moves(random.between(1_000, 60_000), entry, () => {
      const amount = owedOf(entry);
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
    if (state === 'settled') entry.returned.set(id, amount);
  }

  /**
   * Money moves later; the webhook about it is lost, comes late, or comes twice. Another event of the payment may have it
   * read shortly before, so that the two answers come in any order.
   */
  #moves(inMs: number, entry: Entry, move: () => void): void {
    const { scheduler, random } = this.#world;
    this.#toMove += 1;
    for (let n = random.pick([0, 2, 3]); n > 0; n--)
      scheduler.in(Math.max(0, inMs - random.between(0, 2_000)), null, () => this.#notify(entry));
    scheduler.in(inMs, null, () => {
      this.#toMove -= 1;
      move();
      for (let n = random.pick([0, 0, 1, 1, 2]); n > 0; n--)
        scheduler.in(random.between(1, 5_000), null, () => this.#notify(entry));
    });
  }

  #notify({ id }: Entry): void {
    const alive = this.#subscribers.filter(({ life }) => life.alive);
    if (alive.length > 0) this.#world.random.pick(alive).notify(id);
  }
}

/** The money of a payment as the gateway shows it. */
export function moneyOf({ status, payment, reversals }: Entry): Money {
  const { sagaId, commandId } = payment;
  return {
    key: { sagaId, commandId },
    received: status === 'succeeded' ? payment.amount : 0,
    reversals: [...reversals],
  };
}

/** The sum of what went back, in these states. The gateway adds up by itself, and does not rely on payment's sums. */
export function sum({ reversals }: Entry, states: ReadonlyArray<Reversal['state']>): number {
  return reversals.reduce((total, { state, amount }) => total + (states.includes(state) ? amount : 0), 0);
}

function owedOf(entry: Entry): number {
  return entry.payment.amount - sum(entry, ['settled', 'pending']);
}
