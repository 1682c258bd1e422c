/** Customers and operators: orders of every kind, cancelled and tampered with in the middle. */
import { type ActionName, actionMessage } from '../../orchestrator/engine/control.ts';
import { FIRST_LOOK_MS } from '../../orchestrator/engine/finish.ts';
import { NO_TICKETS } from '../../orchestrator/engine/saga.ts';
import { startMessage } from '../../orchestrator/engine/start-message.ts';
import type { Birth } from '../../orchestrator/store/intake-store.ts';
import { atom } from './atoms.ts';
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import { customerOf, drawCoupons } from './coupons.ts';
import { definition } from './processes.ts';
import type { Life } from './scheduler.ts';
import { BEGIN_MS, type World } from './world.ts';

const FIRST_STATE = 'created';
const STOCK = { plenty: 1_000, scarce: 3 };

export class Shop {
  /** The orders' short names by their ids. */
  readonly names = new Map<string, string>();
  readonly #world: World;
  readonly #bus: Bus;
  readonly #backend: Backend;

  constructor(world: World, bus: Bus, backend: Backend) {
    this.#world = world;
    this.#bus = bus;
    this.#backend = backend;
  }

  /** Fills the shelves, and has orders and people come in the run's first seconds. */
  async open(): Promise<void> {
    const { random, scheduler, faults } = this.#world;
    await this.#backend.setStock(STOCK);
    const coupons = drawCoupons(random);
    await this.#backend.issue(coupons);
    const orders = 3 + random.below(6);
    // All at once, so that they meet in batches and at the shelf, or spread over the whole day.
    const spreadMs = random.chance(0.5) ? 1_000 : 0.8 * faults.lastMs;
    for (let nth = 1; nth <= orders; nth++) {
      const birth = this.#birth(nth, customerOf(nth, coupons, random));
      const life = this.#api();
      const placedIn = random.between(0, spreadMs);
      scheduler.in(placedIn, life, () => this.#place(life, birth));
      // In the thick of it, or when it is long over.
      const meddleIn =
        placedIn + (random.chance(0.7) ? random.between(0, 2_000) : random.between(0, faults.lastMs));
      if (random.chance(0.4)) this.#meddle(birth.id, meddleIn);
    }
  }

  /** A process of the API, which lives for one request. */
  #api(): Life {
    return { name: 'api', alive: true, stoppedUntil: 0 };
  }

  #birth(nth: number, customer: { customerId: string; couponId?: string }): Birth {
    const { random } = this.#world;
    const createdAt = new Date(BEGIN_MS);
    const id = orderId(nth, random.below(0x1000000));
    this.names.set(id, `order-${nth}`);
    const order = {
      ...customer,
      items: [{ sku: random.chance(0.4) ? 'scarce' : 'plenty', quantity: 1 + random.below(2) }],
      currency: 'EUR',
      amount: random.chance(0.05) ? 0 : 100 * (1 + random.below(50)),
      payment: { method: random.chance(0.2) ? 'pm_card_chargeDeclined' : 'pm_card_visa' },
      shippingAddress: { country: random.chance(0.2) ? 'AQ' : 'DE' },
    };
    return {
      id,
      customerId: order.customerId,
      idempotencyKey: null,
      requestHash: 'hash',
      currency: order.currency,
      amount: order.amount,
      createdAt,
      definition: definition.name,
      definitionVersion: definition.version,
      partition: this.#bus.partition('order-created', id),
      input: order,
      context: definition.begin(order as never),
      tickets: NO_TICKETS,
      state: FIRST_STATE,
      status: definition.statusOf(FIRST_STATE),
      lookAt: new Date(BEGIN_MS + FIRST_LOOK_MS),
    };
  }

  #place(life: Life, birth: Birth): void {
    const { story } = this.#world;
    const { customerId: _, ...order } = birth.input as Record<string, unknown>;
    story.tell('customer', `orders ${birth.id}: ${JSON.stringify(order)}`);
    const accept = async (): Promise<void> => {
      try {
        await atom(this.#world, life, () => this.#backend.place(birth));
      } catch {
        // No answer: the customer sends it again under its key.
        await accept();
      }
    };
    // Published once, or not at all: the sweeper sees to it then.
    const context = birth.context as Record<string, unknown>;
    const start = startMessage(definition, { ...birth, context });
    void accept().then(() => this.#bus.producer(life).publish([start]));
  }

  /** A cancel, or an operator's action on what they saw. */
  #meddle(sagaId: string, inMs: number): void {
    const { random, scheduler, story } = this.#world;
    const action: ActionName = random.pick(['cancel', 'cancel', 'compensate', 'retry']);
    const actionId = random.uuid();
    const life = this.#api();
    scheduler.in(inMs, life, () => {
      const act = async () => {
        const rows = await atom(this.#world, life, () => this.#backend.engine.readSagas([sagaId]));
        const row = rows.get(sagaId);
        if (row === undefined || row.version === 0) return;
        const revision = action === 'cancel' ? null : row.revision;
        const data = { actionId, action, revision, actor: 'ada', reason: 'a change of mind' };
        const atMs = Math.floor(this.#world.nowMs);
        story.tell('people', `${action} ${sagaId} in ${row.state}, revision ${revision}`);
        await atom(this.#world, life, () => this.#backend.wish({ sagaId, data, atMs }));
        await this.#bus.producer(life).publish([actionMessage(sagaId, data, atMs)]);
      };
      // What has no answer is not tried again: the row, if there is one, says it.
      void act().catch(() => {});
    });
  }
}

/** A UUIDv7 of the run's beginning. */
function orderId(nth: number, chance: number): string {
  const time = BEGIN_MS.toString(16).padStart(12, '0');
  const tail = chance.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${nth.toString(16).padStart(3, '0')}-8000-${tail}`;
}
