/** Customers: orders of every kind, at once or over the day, each sent again until it is answered. */
import type { StartRequest } from '#orchestrator/http/intake/intake.ts';
import type { Backend } from './backend.ts';
import { customerOf, drawCoupons } from './drawn-coupons.ts';
import type { People } from './people.ts';
import type { Apis } from './simulated-apis.ts';
import type { World } from './world.ts';

const STOCK = { plenty: 1_000, scarce: 3 };
const ENOUGH = { plenty: 1_000, scarce: 1_000 };
/** A customer's patience before the same key is sent again: shorter than a slow database. */
const PATIENCE_MS = 3_000;
const AGAIN_MS = 1_000;

/** An order that a customer places, and its id once the API has accepted it. */
interface Attempt {
  readonly placed: StartRequest<{ readonly customerId: string }>;
  orderId: string | null;
}

export class Customers {
  readonly #world: World;
  readonly #apis: Apis;
  readonly #people: People;
  readonly #backend: Backend;
  /** The orders placed, each with its result. */
  readonly #attempts: Attempt[] = [];

  constructor(world: World, apis: Apis, people: People, backend: Backend) {
    this.#world = world;
    this.#apis = apis;
    this.#people = people;
    this.#backend = backend;
  }

  /** Fills the shelves, and has customers come. */
  async open(): Promise<void> {
    const { random, scheduler, faults } = this.#world;
    await this.#backend.setStock(faults.day.plenty ? ENOUGH : STOCK);
    const coupons = drawCoupons(random);
    await this.#backend.issue(coupons);
    const { least, most } = faults.day.orders ?? { least: 3, most: 8 };
    const orders = least + random.below(most - least + 1);
    // All at once, so that they meet in batches and at the shelf, or spread over the whole day, and over its builds.
    const { rush = !faults.rollsOut && random.chance(0.5) } = faults.day;
    const spreadMs = rush ? 1_000 : 0.8 * faults.lastMs;
    for (let nth = 1; nth <= orders; nth++) {
      const customer = faults.day.plenty
        ? { customerId: `customer-${nth}` }
        : customerOf(nth, coupons, random);
      const attempt: Attempt = { placed: this.#order(nth, customer), orderId: null };
      this.#attempts.push(attempt);
      scheduler.in(random.between(0, spreadMs), null, () => this.#place(attempt));
    }
  }

  /** Orders that are still to be answered. */
  get unanswered(): number {
    return this.#attempts.filter(({ orderId }) => orderId === null).length;
  }

  /** Each customer has exactly the orders that the API accepted. @returns the violations, one line each */
  async judge(): Promise<string[]> {
    const orders = Map.groupBy(await this.#backend.orders(), ({ customerId }) => customerId);
    const attempt = Map.groupBy(this.#attempts, ({ placed }) => placed.input.customerId);
    return [...attempt].flatMap(([customer, theirs]) => {
      const has = (orders.get(customer) ?? []).map(({ id }) => id).sort();
      const acknowledged = theirs.map(({ orderId }) => String(orderId)).sort();
      return has.join() === acknowledged.join()
        ? []
        : [`orders: ${customer} was promised ${acknowledged.join(', ')}, and has ${has.join(', ')}`];
    });
  }

  #order(
    nth: number,
    customer: { customerId: string; couponId?: string },
  ): StartRequest<{ readonly customerId: string }> {
    const { random, story } = this.#world;
    const order = {
      ...customer,
      items: [{ sku: random.chance(0.4) ? 'scarce' : 'plenty', quantity: 1 + random.below(2) }],
      currency: 'EUR',
      amount: random.chance(0.05) ? 0 : 100 * (1 + random.below(50)),
      payment: { method: random.chance(0.2) ? 'pm_card_chargeDeclined' : 'pm_card_visa' },
      shippingAddress: { country: random.chance(0.2) ? 'AQ' : 'DE' },
    };
    story.add(customer.customerId, `will order ${JSON.stringify(order)}`);
    return { definition: 'order', input: order, requestHash: 'hash', idempotencyKey: `key-${nth}` };
  }

  /** Sends an order until it is answered: each time to any of the APIs, under the same key. */
  #place(attempt: Attempt): void {
    const { scheduler, story } = this.#world;
    const { customerId } = attempt.placed.input;
    if (attempt.orderId !== null) return;
    const again = (inMs: number) => scheduler.in(inMs, null, () => this.#place(attempt));
    const impatient = again(PATIENCE_MS);
    void this.#apis.place(attempt.placed).then((answer) => {
      if (attempt.orderId !== null) return;
      if (answer?.kind === 'accepted') {
        story.add(customerId, `has the order ${answer.sagaId}`);
        attempt.orderId = answer.sagaId;
        this.#scheduleActions(answer.sagaId);
      } else {
        story.add(customerId, `is refused: ${answer?.kind ?? 'no room'}`);
        impatient.cancelled = true;
        again(AGAIN_MS);
      }
    });
  }

  /** Schedules people's actions on an order: while it runs, as its time-outs fall due, or long after its end. */
  #scheduleActions(orderId: string): void {
    const { random, faults } = this.#world;
    const { actionsEach = random.chance(0.4) ? 1 : 0 } = faults.day;
    for (let times = 0; times < actionsEach; times++) {
      const withinMs = random.chance(0.6) ? 2_000 : random.chance(0.5) ? 15_000 : faults.lastMs;
      this.#people.scheduleAction(orderId, random.between(0, withinMs));
    }
  }
}
