/** Adds the ledger up for comparison with the orders: per order, charges − refunds. */
import type { Ledger, PaymentIntent } from './ledger.ts';
import type { Dispute, Refund } from './reversals.ts';

/** One order's payments, amounts in the gateway's unit. */
export interface OrderSum {
  readonly orderId: string;
  readonly currency: string;
  readonly charges: number;
  readonly charged: number;
  /** Refunds that succeeded, and disputes that withdrew their amount. */
  readonly refunded: number;
  readonly net: number;
  readonly intents: ReadonlyArray<{
    id: string;
    commandId: string | null;
    status: string;
    amount: number;
    refunded: number;
  }>;
  /** Every refund and dispute of them, whoever made it, with its latest status. */
  readonly reversals: readonly ReversalEntry[];
}

/** A refund or a dispute. */
export interface ReversalEntry {
  readonly id: string;
  readonly kind: 'refund' | 'dispute';
  readonly amount: number;
  readonly status: string;
  /** ms since 1970, as `changedAt`. */
  readonly createdAt: number;
  /** When it took its status. */
  readonly changedAt: number;
}

/** The order of a payment, from its metadata. */
export const orderOf = (intent: PaymentIntent): string | undefined => intent.metadata.order_id;

/** Every order of the ledger file, or only those named, in the order their first payment was made. */
export function* orderSums(ledger: Ledger, only?: ReadonlySet<string>): Generator<OrderSum> {
  const byOrder = new Map<string, PaymentIntent[]>();
  for (const intent of ledger.intents.values()) {
    const orderId = orderOf(intent) ?? intent.id;
    if (only !== undefined && !only.has(orderId)) continue;
    const others = byOrder.get(orderId);
    if (others === undefined) byOrder.set(orderId, [intent]);
    else others.push(intent);
  }
  for (const [orderId, intents] of byOrder) {
    const paid = intents.filter((intent) => intent.status === 'succeeded');
    const charged = paid.reduce((sum, intent) => sum + intent.amount, 0);
    const refunded = intents.reduce((sum, { id }) => sum + ledger.returned(id), 0);
    yield {
      orderId,
      currency: (intents[0]?.currency ?? '').toUpperCase(),
      charges: paid.length,
      charged,
      refunded,
      net: charged - refunded,
      intents: intents.map(({ id, metadata, status, amount }) => ({
        id,
        commandId: metadata.command_id ?? null,
        status,
        amount,
        refunded: ledger.returned(id),
      })),
      reversals: intents.flatMap(({ id }) => [
        ...ledger.refundsOfIntent(id).map((refund) => entryOf('refund', refund)),
        ...ledger.disputesOfIntent(id).map((one) => entryOf('dispute', one)),
      ]),
    };
  }
}

function entryOf(
  kind: ReversalEntry['kind'],
  { id, amount, status, created, movedAt }: Refund | Dispute,
): ReversalEntry {
  const createdAt = created * 1000;
  return { id, kind, amount, status, createdAt, changedAt: movedAt ?? createdAt };
}

/** The ledger file in a few numbers, the money by currency in the gateway's unit. */
export function summary(ledger: Ledger): Record<string, unknown> {
  const intents: Record<string, number> = {};
  const orders = new Set<string>();
  const paidOrders = new Set<string>();
  const money: Record<string, { charged: number; refunded: number; net: number }> = {};
  let charges = 0;
  let chargedTwice = 0;
  for (const intent of ledger.intents.values()) {
    const orderId = orderOf(intent) ?? intent.id;
    orders.add(orderId);
    intents[intent.status] = (intents[intent.status] ?? 0) + 1;
    const isPaid = intent.status === 'succeeded';
    const currency = intent.currency.toUpperCase();
    const sum = money[currency] ?? { charged: 0, refunded: 0, net: 0 };
    money[currency] = sum;
    sum.charged += isPaid ? intent.amount : 0;
    sum.refunded += ledger.returned(intent.id);
    sum.net = sum.charged - sum.refunded;
    if (!isPaid) continue;
    charges += 1;
    if (paidOrders.has(orderId)) chargedTwice += 1;
    paidOrders.add(orderId);
  }
  const counts = { orders: orders.size, intents, charges, refunds: ledger.refunds.size, chargedTwice };
  return { ...counts, money, savedAnswers: ledger.savedCount };
}
