/**
 * Reads refunds and disputes as Stripe has them. Refunds: pending, requires_action, succeeded, failed, canceled, and a
 * succeeded one may still fail. Disputes: the amount is withdrawn when one is opened, and comes back when it is won; an
 * inquiry (`warning_…`) withdraws nothing.
 */
import type Stripe from 'stripe';
import { isUuid } from '#protocol/ids.ts';
import type { IntentKey } from '../intent.ts';
import type { Listed, ListName, Money, Reversal } from '../reversal.ts';
import { fromStripeAmount } from './stripe-amounts.ts';

/** The `made_by` in a refund's metadata: every other refund is somebody else's. */
export const MADE_BY = 'payment';
/** The most refunds of one payment that are read. */
const MAX_REFUNDS = 1_000;

/** @throws the SDK's errors */
export async function readMoney(stripe: Stripe, id: string): Promise<Money> {
  const intent = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  const refunds = await stripe.refunds
    .list({ payment_intent: id, limit: 100 })
    .autoPagingToArray({ limit: MAX_REFUNDS });
  const charge = intent.latest_charge;
  const isDisputed = charge !== null && typeof charge === 'object' && charge.disputed;
  const disputes = isDisputed
    ? await stripe.disputes.list({ payment_intent: id, limit: 100 }).autoPagingToArray({ limit: 100 })
    : [];
  return {
    key: keyIn(intent.metadata),
    received: fromStripeAmount(intent.amount_received, intent.currency),
    reversals: [...refunds.map(refundOf), ...disputes.map(disputeOf)].sort(
      (a, b) => a.createdAt - b.createdAt,
    ),
  };
}

const REFUND_STATES: Readonly<Record<string, Reversal['state']>> = {
  succeeded: 'settled',
  failed: 'failed',
  canceled: 'failed',
};

export function refundOf(refund: Stripe.Refund): Reversal {
  const { id, amount, currency, created, metadata, failure_reason: reason } = refund;
  const status = refund.status ?? 'pending';
  return {
    id,
    kind: 'refund',
    amount: Math.round(fromStripeAmount(amount, currency)),
    state: REFUND_STATES[status] ?? 'pending',
    status: reason === undefined || reason === null ? status : `${status}: ${reason}`,
    own: metadata?.['made_by'] === MADE_BY,
    createdAt: created * 1000,
    ...(status === 'requires_action' && { needsAction: true as const }),
  };
}

export function disputeOf({ id, amount, currency, created, status, reason }: Stripe.Dispute): Reversal {
  const isWithdrawn = !status.startsWith('warning_') && status !== 'won' && status !== 'prevented';
  return {
    id,
    kind: 'dispute',
    amount: Math.round(fromStripeAmount(amount, currency)),
    state: status === 'lost' ? 'settled' : isWithdrawn ? 'pending' : 'failed',
    status: `${status}: ${reason}`,
    own: false,
    createdAt: created * 1000,
  };
}

/** The charge in a payment's metadata; Stripe copies them to the payment's charge. */
function keyIn(metadata: Stripe.Metadata | null): IntentKey | null {
  const { order_id: sagaId, command_id: commandId } = metadata ?? {};
  if (sagaId === undefined || commandId === undefined || !isUuid(sagaId)) return null;
  return commandId.startsWith(`${sagaId}/`) ? { sagaId, commandId } : null;
}

/** One page of a list. @throws the SDK's errors */
export async function readList(
  stripe: Stripe,
  name: ListName,
  sinceMs: number,
  after: string | null,
): Promise<{ items: Listed[]; next: string | null }> {
  const wanted = {
    limit: 100,
    created: { gte: Math.floor(sinceMs / 1000) },
    ...(after !== null && { starting_after: after }),
  };
  const page = await pageOf(stripe, name, wanted);
  return { items: page.items, next: page.hasMore ? (page.items.at(-1)?.id ?? null) : null };
}

async function pageOf(stripe: Stripe, name: ListName, wanted: Stripe.RefundListParams) {
  // The payment's metadata name the charge: entries of others' payments need no inspection.
  const withPayment = { ...wanted, expand: ['data.payment_intent'] };
  if (name === 'refunds') {
    const { data, has_more: hasMore } = await stripe.refunds.list(withPayment);
    return { items: data.map((refund) => listed(refund, refundOf(refund).state)), hasMore };
  }
  if (name === 'disputes') {
    const { data, has_more: hasMore } = await stripe.disputes.list(withPayment);
    return { items: data.map((dispute) => listed(dispute, disputeOf(dispute).state)), hasMore };
  }
  const { data, has_more: hasMore } = await stripe.charges.list(wanted);
  const items = data.map(({ status, metadata, ...charge }): Listed => {
    const key = status === 'succeeded' ? keyIn(metadata) : null;
    return { ...listed(charge, null), key };
  });
  return { items, hasMore };
}

function listed(
  { id, payment_intent: payment }: Pick<Stripe.Refund, 'id' | 'payment_intent'>,
  state: Listed['state'],
): Listed {
  if (payment === null || typeof payment === 'string') return { id, paymentId: payment, state, key: null };
  return { id, paymentId: payment.id, state, key: keyIn(payment.metadata) };
}
