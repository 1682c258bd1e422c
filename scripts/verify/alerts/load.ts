/** Ordinary load for drills: orders and coupon requests at a steady rate. */
import { setTimeout as pause } from 'node:timers/promises';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import type { Wanted } from './drill.ts';

const COUPONS = 100_000;
const ANSWER_WITHIN_MS = 20_000;
/** So many orders for each request for a coupon. */
const COUPON_EVERY = 2;

export interface Load {
  place(wanted: Wanted): Promise<string | null>;
  requestCoupon(): Promise<void>;
  setRate(ordersPerSecond: number): void;
  readonly counts: { accepted: number; refused: number; coupons: number };
  stop(): Promise<void>;
}

/** @param urls of the APIs `api` and `coupons` */
export async function startLoad(
  urls: Readonly<Record<string, string>>,
  stack: string,
  ordersPerSecond: number,
): Promise<Load> {
  const service = { authorization: `Bearer ${await tokenFor(roleHolder('service'), stack)}` };
  const operator = { authorization: `Bearer ${await tokenFor(roleHolder('operator'), stack)}` };
  const counts = { accepted: 0, refused: 0, coupons: 0 };
  const call = (url: string, headers: Record<string, string>, body?: unknown) =>
    fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });

  const made = await call(`${urls['coupons']}/v1/campaigns`, operator, {
    name: 'drills',
    total: COUPONS,
    discount: { kind: 'percent', value: 10 },
  });
  if (!made.ok) throw new Error(`POST /v1/campaigns: ${made.status} ${await made.text()}`);
  const { id: campaignId } = (await made.json()) as { id: string };

  const place = async ({ country = 'DE', method = 'pm_card_visa' }: Wanted) => {
    try {
      const answer = await call(`${urls['api']}/v1/orders`, service, {
        customerId: `customer-${counts.accepted % 1000}`,
        items: [{ sku: 'SKU-0001', quantity: 1 }],
        currency: 'EUR',
        amount: 1290,
        payment: { method },
        shippingAddress: { country },
      });
      counts[answer.status === 202 ? 'accepted' : 'refused']++;
      const { orderId } = (await answer.json()) as { orderId?: string };
      if (orderId === undefined) return null;
      await (await call(`${urls['api']}/v1/orders/${orderId}`, service)).text();
      return orderId;
    } catch {
      counts.refused++;
      return null;
    }
  };
  const requestCoupon = async () => {
    const userId = crypto.randomUUID();
    const path = `${urls['coupons']}/v1/campaigns/${campaignId}/requests`;
    try {
      const answer = await call(path, service, { userId });
      if (answer.status === 202) counts.coupons++;
      await answer.text();
    } catch {
      // Answered late, or by nobody: a drill may be about that.
    }
  };

  let rate = ordersPerSecond;
  let isOver = false;
  const sending = (async () => {
    for (let nth = 0; !isOver; nth++) {
      await pause(1000 / rate);
      void place({});
      if (nth % COUPON_EVERY === 0) void requestCoupon();
    }
  })();
  return {
    place,
    requestCoupon,
    counts,
    setRate(next) {
      rate = next;
    },
    async stop() {
      isOver = true;
      await sending;
    },
  };
}
