/** Sends Stripe's webhooks, signed, with retries; loses and doubles some on demand. */
import Stripe from 'stripe';
import * as z from 'zod';
import type { Effect, Ledger } from './ledger.ts';
import { chargeShape, disputeShape, intentShape, refundShape } from './stripe-shapes.ts';

/** The body of `PUT /_sim/webhooks`. */
export const webhookSettings = z.strictObject({
  /** Where they go; none are sent without it. */
  url: z.url().optional(),
  secret: z.string().min(1).optional(),
  /** Share of events that are never sent. */
  lostRate: z.number().min(0).max(1).default(0),
  /** Share of events that are sent twice. */
  doubledRate: z.number().min(0).max(1).default(0),
});
export type WebhookSettings = z.infer<typeof webhookSettings>;

const TRIES = 5;
const FIRST_RETRY_MS = 500;
const ANSWERED_WITHIN_MS = 5_000;
/** Events under way; the oldest are dropped beyond it, as Stripe drops them after days. */
const MAX_UNDER_WAY = 1_000;

export interface Webhooks {
  settings: WebhookSettings;
  /** Sends the events of these effects. */
  send(effects: readonly Effect[]): void;
  close(): void;
}

export function createWebhooks(ledger: Ledger, now: () => number, random: () => number): Webhooks {
  const abort = new AbortController();
  let underWay = 0;
  let count = 0;

  async function deliver(payload: string): Promise<void> {
    for (let attempt = 0; attempt < TRIES && !abort.signal.aborted; attempt++) {
      const { url, secret } = webhooks.settings;
      if (url === undefined || secret === undefined) return;
      const timestamp = Math.floor(now() / 1000);
      const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(ANSWERED_WITHIN_MS)]);
      const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
      const response = await fetch(url, { method: 'POST', body: payload, headers, signal }).catch(() => null);
      await response?.body?.cancel();
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, FIRST_RETRY_MS * 2 ** attempt).unref());
    }
  }

  const webhooks: Webhooks = {
    settings: webhookSettings.parse({}),
    send(effects) {
      const { url, lostRate, doubledRate } = webhooks.settings;
      if (url === undefined) return;
      for (const event of effects.flatMap((effect) => eventOf(ledger, effect) ?? [])) {
        count += 1;
        if (random() < lostRate) continue;
        const id = `evt_sim${now()}_${count}`;
        const created = Math.floor(now() / 1000);
        const body = { id, object: 'event', created, livemode: false, ...event };
        const copies = random() < doubledRate ? 2 : 1;
        for (let n = 0; n < copies && underWay < MAX_UNDER_WAY; n++) {
          underWay += 1;
          void deliver(JSON.stringify(body)).finally(() => {
            underWay -= 1;
          });
        }
      }
    },
    close: () => abort.abort(),
  };
  return webhooks;
}

/** The event of an effect, with the object as it then is. */
function eventOf(ledger: Ledger, effect: Effect): { type: string; data: { object: unknown } } | null {
  const event = (type: string, object: unknown) => ({ type, data: { object } });
  if (effect.t === 'charged') {
    const intent = ledger.intents.get(effect.id);
    return intent === undefined ? null : event('charge.succeeded', chargeShape(ledger, intent));
  }
  if (effect.t === 'canceled') {
    const intent = ledger.intents.get(effect.id);
    return intent === undefined ? null : event('payment_intent.canceled', intentShape(intent));
  }
  if (effect.t === 'refund' || effect.t === 'refund moved') {
    const refund = ledger.refunds.get(effect.id);
    if (refund === undefined) return null;
    const failed = refund.status === 'failed' ? 'refund.failed' : 'refund.updated';
    return event(effect.t === 'refund' ? 'refund.created' : failed, refundShape(ledger, refund));
  }
  if (effect.t === 'dispute' || effect.t === 'dispute moved') {
    const dispute = ledger.disputes.get(effect.id);
    if (dispute === undefined) return null;
    const isClosed = dispute.status === 'won' || dispute.status === 'lost';
    const moved = isClosed ? 'charge.dispute.closed' : 'charge.dispute.updated';
    return event(effect.t === 'dispute' ? 'charge.dispute.created' : moved, disputeShape(ledger, dispute));
  }
  return null;
}
