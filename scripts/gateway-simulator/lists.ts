/** Stripe's lists: refunds, disputes and charges, newest first, in pages. */
import type { Form } from './form.ts';
import type { Ledger } from './ledger.ts';
import { chargeShape, disputeShape, intentShape, refundShape } from './stripe-shapes.ts';

export const LISTS = ['refunds', 'disputes', 'charges'] as const;
export type ListName = (typeof LISTS)[number];

type Shape = Record<string, unknown> & { readonly id: string; readonly created: number };

/** One page: `limit` (10 by default, 100 at most), `starting_after`, `payment_intent`, `created[gte]`, `expand[]`. */
export function listPage(ledger: Ledger, name: ListName, query: Form): string {
  const intent = query.get('payment_intent');
  const since = query.integer('created[gte]') ?? 0;
  const limit = Math.min(100, query.integer('limit') ?? 10);
  const isExpanded = query.get('expand[0]') === 'data.payment_intent';
  const all = shapes(ledger, name, intent)
    .filter(({ created }) => created >= since)
    .reverse();
  const after = query.get('starting_after');
  const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const page = all.slice(from, from + limit);
  const data = isExpanded ? page.map((one) => withPayment(ledger, one)) : page;
  return JSON.stringify({ object: 'list', data, has_more: from + limit < all.length, url: `/v1/${name}` });
}

function shapes(ledger: Ledger, name: ListName, intentId: string | undefined): Shape[] {
  if (name === 'refunds') {
    const refunds = intentId === undefined ? [...ledger.refunds.values()] : ledger.refundsOfIntent(intentId);
    return refunds.map((refund) => refundShape(ledger, refund) as Shape);
  }
  if (name === 'disputes') {
    const disputes =
      intentId === undefined ? [...ledger.disputes.values()] : ledger.disputesOfIntent(intentId);
    return disputes.map((dispute) => disputeShape(ledger, dispute) as Shape);
  }
  const intents = intentId === undefined ? ledger.intents.values() : [ledger.intents.get(intentId)];
  return [...intents].flatMap((intent) =>
    intent?.status === 'succeeded' ? [chargeShape(ledger, intent) as Shape] : [],
  );
}

/** With its payment in place of the payment's id. */
function withPayment(ledger: Ledger, shape: Shape): Shape {
  const intent = ledger.intents.get(String(shape['payment_intent']));
  return intent === undefined ? shape : { ...shape, payment_intent: intentShape(intent) };
}
