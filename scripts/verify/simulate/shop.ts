/** Customers: orders of every kind, at once or over the day, said again until they are answered. */
import type { StartRequest } from '#orchestrator/http/intake/intake.ts';
import type { Doors } from './api.ts';
import type { Backend } from './backend.ts';
import { customerOf, drawCoupons } from './coupons.ts';
import type { People } from './people.ts';
import type { World } from './world.ts';

const STOCK = { plenty: 1_000, scarce: 3 };
/** How long a customer waits for an answer before saying it again under the same key: shorter than a slow database. */
const PATIENCE_MS = 3_000;
const AGAIN_MS = 1_000;

/** An order somebody places, and the id they were told, once they were. */
interface Told {
  readonly placed: StartRequest<{ readonly customerId: string }>;
  orderId: string | null;
}

export class Shop {
  readonly #world: World;
  readonly #doors: Doors;
  readonly #people: People;
  readonly #backend: Backend;
  /** What came of each order that is placed. */
  readonly #told: Told[] = [];

  constructor(world: World, doors: Doors, people: People, backend: Backend) {
    this.#world = world;
    this.#doors = doors;
    this.#people = people;
    this.#backend = backend;
  }

  /** Fills the shelves, and has customers come. */
  async open(): Promise<void> {
    const { random, scheduler, faults } = this.#world;
    await this.#backend.setStock(STOCK);
    const coupons = drawCoupons(random);
    await this.#backend.issue(coupons);
    const orders = 3 + random.below(6);
    // All at once, so that they meet in batches and at the shelf, or spread over the whole day, and over its builds.
    const { rush = !faults.rollsOut && random.chance(0.5) } = faults.day;
    const spreadMs = rush ? 1_000 : 0.8 * faults.lastMs;
    for (let nth = 1; nth <= orders; nth++) {
      const told: Told = { placed: this.#order(nth, customerOf(nth, coupons, random)), orderId: null };
      this.#told.push(told);
      scheduler.in(random.between(0, spreadMs), null, () => this.#place(told));
    }
  }

  /** Orders that are still to be answered. */
  get unanswered(): number {
    return this.#told.filter(({ orderId }) => orderId === null).length;
  }

  /** Each customer has the orders they were told of, and no other. @returns what is wrong, one line each */
  async judge(): Promise<string[]> {
    const orders = Map.groupBy(await this.#backend.orders(), ({ customerId }) => customerId);
    const told = Map.groupBy(this.#told, ({ placed }) => placed.input.customerId);
    return [...told].flatMap(([customer, theirs]) => {
      const has = (orders.get(customer) ?? []).map(({ id }) => id).sort();
      const knows = theirs.map(({ orderId }) => String(orderId)).sort();
      return has.join() === knows.join()
        ? []
        : [`orders: ${customer} was told of ${knows.join(', ')}, and has ${has.join(', ')}`];
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
    story.tell(customer.customerId, `will order ${JSON.stringify(order)}`);
    return { definition: 'order', input: order, requestHash: 'hash', idempotencyKey: `key-${nth}` };
  }

  /** Knocks until there is an answer: each time at another door, under the same key. */
  #place(told: Told): void {
    const { scheduler, story } = this.#world;
    const { customerId } = told.placed.input;
    if (told.orderId !== null) return;
    const again = (inMs: number) => scheduler.in(inMs, null, () => this.#place(told));
    const impatient = again(PATIENCE_MS);
    void this.#doors.place(told.placed).then((answer) => {
      if (told.orderId !== null) return;
      if (answer?.kind === 'accepted') {
        story.tell(customerId, `is told of ${answer.sagaId}`);
        told.orderId = answer.sagaId;
        this.#changeMinds(answer.sagaId);
      } else {
        story.tell(customerId, `is told: ${answer?.kind ?? 'no room'}`);
        impatient.cancelled = true;
        again(AGAIN_MS);
      }
    });
  }

  /** What people will do to an order: in the thick of it, as its time-outs fall due, or when it is long over. */
  #changeMinds(orderId: string): void {
    const { random, faults } = this.#world;
    const { meddling = random.chance(0.4) ? 1 : 0 } = faults.day;
    for (let times = 0; times < meddling; times++) {
      const withinMs = random.chance(0.6) ? 2_000 : random.chance(0.5) ? 15_000 : faults.lastMs;
      this.#people.meddle(orderId, random.between(0, withinMs));
    }
  }
}
