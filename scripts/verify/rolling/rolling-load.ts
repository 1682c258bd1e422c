/** Orders, coupon requests, reads and operators' actions at steady rates, from the first moment of an update to its last. */
import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { requestIdOf } from '#participants/coupon/events.ts';
import { orderBodies } from '../bench/orders/bodies.ts';
import { kindOf, type Mix } from '../bench/orders/mix.ts';
import type { CouponPool } from '../chaos/coupon-pool.ts';
import type { Answered, Balancer } from './balancer.ts';

const TICK_MS = 20;
/** A caller that is to come back does so; a request that is not accepted for so long counts as lost. */
const AGAIN_AFTER_MS = 1_000;
const ACCEPTED_WITHIN_MS = 60_000;
/** Every nth accepted order is read once more. */
const READ_EVERY = 10;
const ACT_EVERY_MS = 1_000;
const ACCEPTED = 202;

/** An answer that was neither the wanted one nor a 503 with Retry-After. */
export interface Refusal {
  readonly what: string;
  readonly status: number;
  readonly from: string;
  readonly at: number;
  readonly body: string;
}

export interface RollingLoadOptions {
  readonly api: Balancer;
  readonly coupons: Balancer | null;
  readonly tokens: { readonly service: string; readonly operator: string };
  /** A second, each. */
  readonly orders: number;
  readonly couponRequests: number;
  readonly mix: Mix;
  readonly couponPool: CouponPool;
  /** The campaigns whose coupons are requested in turn. */
  readonly campaigns: readonly string[];
}

/** A request for a coupon that the API accepted, or none did. */
export interface CouponRequest {
  readonly campaignId: string;
  readonly userId: string;
  /** The id of its message. */
  readonly messageId: string;
  /** The public id; null: never accepted. */
  id: string | null;
}

export interface RollingLoad {
  /** The ids of the accepted orders by their number; undefined: never accepted. */
  readonly orders: ReadonlyArray<string | undefined>;
  readonly couponRequests: readonly CouponRequest[];
  /** Answers of 503 with Retry-After. */
  readonly postponed: () => number;
  /** Answers of 504: a slow database left the outcome unknown, and the request was repeated under its key. */
  readonly unknown: () => number;
  readonly refusals: readonly Refusal[];
  /** How many requests each build answered. */
  readonly answeredBy: ReadonlyMap<string, number>;
  /** The actions that were accepted, by their name. */
  readonly acted: ReadonlyMap<string, number>;
  /** The longest time from the first sending to the acceptance, ms, since the last call. */
  slowest(): number;
  /** Ends the load; resolves when everything sent is answered, and nothing is paused by it any more. */
  stop(): Promise<void>;
}

/** Begins to send. */
export function startRollingLoad(options: RollingLoadOptions): RollingLoad {
  const { api, coupons, tokens, mix, couponPool } = options;
  const startedAt = performance.now();
  const now = () => Math.round(performance.now() - startedAt);
  const run = `rolling-${Date.now().toString(36)}`;
  const orders: Array<string | undefined> = [];
  const couponRequests: CouponRequest[] = [];
  const refusals: Refusal[] = [];
  const answeredBy = new Map<string, number>();
  const acted = new Map<string, number>();
  const underWay = new Set<Promise<unknown>>();
  const bodyOf = orderBodies();
  let postponed = 0;
  let unknown = 0;
  let slowest = 0;
  let running = true;

  const track = (work: Promise<unknown>) => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const headers = (role: keyof typeof tokens, key?: string) =>
    `authorization: Bearer ${tokens[role]}\r\ncontent-type: application/json\r\n${key === undefined ? '' : `idempotency-key: ${key}\r\n`}`;

  /** Sends until it is answered with what is wanted, as a caller does; null: it never was. */
  async function insist(what: string, wanted: number, send: () => Promise<Answered>): Promise<string | null> {
    const until = performance.now() + ACCEPTED_WITHIN_MS;
    const began = performance.now();
    for (;;) {
      const { status, head, body, from } = await send();
      answeredBy.set(from, (answeredBy.get(from) ?? 0) + 1);
      if (status === wanted) {
        slowest = Math.max(slowest, performance.now() - began);
        return body;
      }
      if (status === 503 && /\r\nretry-after: *\d/.test(head)) postponed += 1;
      else if (status === 504) unknown += 1;
      else refusals.push({ what, status, from, at: now(), body: body.slice(0, 300) });
      if (performance.now() > until) return null;
      await pause(AGAIN_AFTER_MS);
    }
  }

  async function placeOrder(n: number): Promise<void> {
    const body = withCoupon(bodyOf(n, kindOf(mix, n)), couponPool(n));
    const send = () => api.send('POST', '/v1/orders', headers('service', `${run}-${n}`), body);
    const answer = await insist('POST /v1/orders', ACCEPTED, send);
    if (answer === null) return;
    const { orderId } = JSON.parse(answer) as { orderId: string };
    orders[n] = orderId;
    if (n % READ_EVERY > 0) return;
    await insist('GET /v1/orders/ID', 200, () =>
      api.send('GET', `/v1/orders/${orderId}`, headers('service')),
    );
  }

  async function requestCoupon(balancer: Balancer, n: number): Promise<void> {
    const campaignId = options.campaigns[n % options.campaigns.length] ?? '';
    const userId = `${run}-user-${n}`;
    const messageId = requestIdOf(campaignId, userId, hash('sha256', 'first', 'base64url'));
    const request: CouponRequest = { campaignId, userId, messageId, id: null };
    couponRequests[n] = request;
    const path = `/v1/campaigns/${campaignId}/requests`;
    const send = () => balancer.send('POST', path, headers('service', 'first'), JSON.stringify({ userId }));
    const answer = await insist('POST a coupon request', ACCEPTED, send);
    if (answer !== null) request.id = (JSON.parse(answer) as { requestId: string }).requestId;
  }

  const sagaOf = async (id: string): Promise<Saga | null> => {
    const { status, body } = await api.send('GET', `/v1/sagas/${id}`, headers('operator'));
    return status === 200 ? (JSON.parse(body) as Saga) : null;
  };

  /** Acts on a saga as it is now, if it wants; a refusal, because it has moved or ended meanwhile, is right. */
  async function act(id: string, action: string): Promise<boolean> {
    const saga = await sagaOf(id);
    if (saga === null || isOver(saga)) return false;
    const { status } = await api.send(
      'POST',
      `/v1/sagas/${id}/actions`,
      `${headers('operator')}if-match: "${saga.revision}"\r\n`,
      JSON.stringify({ action, reason: 'a rolling update' }),
    );
    if (status === ACCEPTED) acted.set(action, (acted.get(action) ?? 0) + 1);
    return status === ACCEPTED;
  }

  /** Pauses a newcomer, and resumes it until it goes on or has ended. */
  async function pauseAndResume(id: string): Promise<void> {
    if (!(await act(id, 'pause'))) return;
    for (let wasPaused = false; ; ) {
      await pause(ACT_EVERY_MS / 2);
      const saga = await sagaOf(id);
      if (saga === null) continue;
      if (isOver(saga) || (wasPaused && !saga.paused)) return;
      if (!saga.paused) continue;
      wasPaused = true;
      await act(id, 'resume');
    }
  }

  const ticking = (perSecond: number, send: (n: number) => Promise<void>) => {
    const began = performance.now();
    let next = 0;
    return () => {
      const due = ((performance.now() - began) / 1000) * perSecond;
      while (next < due) track(send(next++));
    };
  };
  const placing = ticking(options.orders, placeOrder);
  const requesting =
    coupons === null ? () => {} : ticking(options.couponRequests, (n) => requestCoupon(coupons, n));
  const timer = setInterval(() => {
    placing();
    requesting();
  }, TICK_MS);
  const acting = setInterval(() => {
    const newest = orders.findLast((id) => id !== undefined);
    if (newest !== undefined && running) track(pauseAndResume(newest));
  }, ACT_EVERY_MS);

  return {
    orders,
    couponRequests,
    postponed: () => postponed,
    unknown: () => unknown,
    refusals,
    answeredBy,
    acted,
    slowest() {
      const seen = Math.round(slowest);
      slowest = 0;
      return seen;
    },
    async stop() {
      running = false;
      clearInterval(timer);
      clearInterval(acting);
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

interface Saga {
  readonly revision: number;
  readonly paused: boolean;
  readonly status: string;
}

const isOver = ({ status }: Saga): boolean => status === 'completed' || status === 'failed';

function withCoupon(body: string, couponId: string | undefined): string {
  return couponId === undefined ? body : `{"couponId":"${couponId}",${body.slice(1)}`;
}
