/** Customers who request coupons: under other keys, under the same one, and late; and the answers they get. */
import {
  messageIdOf,
  type RequestIdentity,
  type RequestRef,
  type UnplacedRef,
} from '#participants/coupon/api/request-id.ts';
import type { NewCampaign } from '#participants/coupon/issuing/store.ts';
import type { IssuingBackend } from '../backend.ts';
import { BEGIN_MS, type World } from '../world.ts';
import type { IssuingProduct } from './issuing-processes.ts';

/** A customer's patience before the same key is sent again. */
const PATIENCE_MS = 6_000;
const AGAIN_MS = 1_000;
/** Some come when all is over. */
const LATE_MS = 120_000;

/** A request of a customer, and every answer to it. */
export interface AnsweredRequest {
  readonly request: RequestIdentity;
  readonly answers: Array<{ readonly ref: Exclude<RequestRef, UnplacedRef>; readonly atMs: number }>;
  /** How often it is still to be answered. */
  missing: number;
}

export class Customers {
  readonly requests: AnsweredRequest[] = [];
  readonly #world: World;
  readonly #product: IssuingProduct;
  readonly #backend: IssuingBackend;

  constructor(world: World, product: IssuingProduct, backend: IssuingBackend) {
    this.#world = world;
    this.#product = product;
    this.#backend = backend;
  }

  /** Makes campaigns, and has people come. */
  async open(): Promise<void> {
    const { random, faults, story } = this.#world;
    const campaigns = Array.from({ length: 1 + random.below(2) }, (_, i) => this.#campaign(i));
    for (const campaign of campaigns) {
      await this.#backend.campaigns.create(campaign, null);
      const { id, total, startsAt, endsAt } = campaign;
      story.add(
        'shop',
        `campaign ${id}: ${total} coupons, from ${startsAt?.toISOString()} to ${endsAt?.toISOString()}`,
      );
      if (random.chance(0.2)) this.#closeLater(id);
    }
    const { rush = random.chance(0.5) } = faults.day;
    const spreadMs = rush ? 1_000 : 0.8 * faults.lastMs;
    const users = 3 + random.below(8);
    for (let nth = 1; nth <= users; nth++) {
      const times = 1 + random.below(3);
      for (let key = 1; key <= times; key++) {
        const { id: campaignId } = random.pick(campaigns);
        const request = { campaignId, userId: `user-${nth}`, key: `key-${key}` };
        const isLate = random.chance(0.15);
        this.#scheduleRequest(
          request,
          isLate ? faults.lastMs + random.between(0, LATE_MS) : random.between(0, spreadMs),
        );
      }
    }
  }

  /** Requests that are still to be answered. */
  get unanswered(): number {
    return this.requests.filter(({ missing }) => missing > 0).length;
  }

  #campaign(nth: number): NewCampaign {
    const { random, faults } = this.#world;
    const startsInMs = random.chance(0.2) ? random.between(0, 3_000) : null;
    const endsInMs = random.chance(0.2) ? 3_000 + random.between(0, faults.lastMs) : null;
    const at = (ms: number | null) => (ms === null ? null : new Date(BEGIN_MS + Math.floor(ms)));
    return {
      id: random.uuid(),
      name: `campaign ${nth}`,
      total: 1 + random.below(6),
      discount: { kind: 'percent', value: 10 },
      startsAt: at(startsInMs),
      endsAt: at(endsInMs),
      validUntil: null,
      createdAt: new Date(BEGIN_MS),
      createdBy: 'service:shop',
    };
  }

  #closeLater(id: string): void {
    const { random, scheduler, faults, story } = this.#world;
    scheduler.in(random.between(0, faults.lastMs), null, async () => {
      const closed = await this.#backend.campaigns.close(id, new Date(Math.floor(scheduler.nowMs)));
      story.add('shop', `closes campaign ${id} at ${closed?.closedAt?.toISOString()}`);
    });
  }

  /** Schedules a request; now and then the same key again, long after its answer. */
  #scheduleRequest(request: RequestIdentity, inMs: number): void {
    const { random, scheduler, faults } = this.#world;
    const times = random.chance(0.3) ? 2 : 1;
    const one: AnsweredRequest = { request: request, answers: [], missing: times };
    this.requests.push(one);
    for (let time = 0; time < times; time++)
      scheduler.in(inMs + time * random.between(0, faults.lastMs), null, () => this.#send(one));
  }

  /** Knocks until there is an answer, each time under the same key. */
  #send(one: AnsweredRequest): void {
    const { scheduler, story } = this.#world;
    const who = one.request.userId;
    const id = messageIdOf(one.request);
    let isOver = false;
    const again = (delayMs: number) => scheduler.in(delayMs, null, () => this.#send(one));
    story.add(who, `requests: ${id}`);
    const impatient = scheduler.in(PATIENCE_MS, null, () => {
      if (isOver) return;
      isOver = true;
      story.add(who, `has no answer, and sends again: ${id}`);
      again(0);
    });
    void this.#product.send(one.request).then((answer) => {
      if (isOver) return;
      isOver = true;
      impatient.cancelled = true;
      if (answer?.kind !== 'taken') {
        story.add(who, `gets: ${answer?.kind ?? 'no room'}`);
        again(AGAIN_MS);
        return;
      }
      const { ref } = answer;
      const outcome = ref.refused ?? `accepted at ${ref.partition}/${ref.offset}`;
      story.add(who, `gets: ${outcome}, ${id}`);
      one.answers.push({ ref, atMs: scheduler.nowMs });
      one.missing -= 1;
    });
  }
}
