/** The six steps of a good order, as every peer runs them: our saga's rows, and our own letter as a file. */
import { createHash } from 'node:crypto';
import { fileTransport } from '#participants/notification/files.ts';
import { letterAbout } from '#participants/notification/letter.ts';
import { chargeInstantly } from '#participants/payment/gateways/instant-gateway.ts';
import { shipmentId } from '#participants/shipping/store.ts';
import { commandId, eventId, uuidv7Ms } from '#protocol/ids.ts';
import { CHARGE, CONFIRM, NOTIFY, PREPARE, RESERVE, STORE, type Statement } from './statements.ts';

/** An order as the generator posts it. */
export interface PeerOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly items: Array<{ readonly sku: string; readonly quantity: number }>;
  readonly currency: string;
  readonly amount: number;
  readonly payment: { readonly method: string };
  readonly shippingAddress: { readonly country: string };
}

/** Runs one statement: by itself, or in a transaction that its caller has begun. */
export type Run = (statement: Statement, values: readonly unknown[]) => Promise<void>;

/** A step: what it needs of an order, and what it writes. */
export interface Step {
  readonly name: string;
  /** The part of the order that is sent to it: as our commands, no more than it needs. */
  readonly input: (order: PeerOrder) => Partial<PeerOrder>;
  readonly write: (run: Run, order: PeerOrder) => Promise<void>;
}

/** A declined payment: the comparison has none. */
class StepRefused extends Error {
  override name = 'StepRefused';
}

/** @param mailFolder where the letters are written; @param from their sender */
export function stepsOf(mailFolder: string, from: string): readonly Step[] {
  const mails = fileTransport(mailFolder, from);
  return [
    { name: 'store', input: (order) => order, write: store },
    { name: 'reserve', input: ({ orderId, items }) => ({ orderId, items }), write: reserve },
    {
      name: 'charge',
      input: ({ orderId, customerId, amount, currency, payment }) => ({
        ...{ orderId, customerId, amount, currency, payment },
      }),
      write: charge,
    },
    { name: 'confirm', input: ({ orderId }) => ({ orderId }), write: confirm },
    {
      name: 'prepare',
      input: ({ orderId, shippingAddress, items }) => ({ orderId, shippingAddress, items }),
      write: prepare,
    },
    {
      name: 'notify',
      input: ({ orderId, customerId, items, currency, amount }) => ({
        ...{ orderId, customerId, items, currency, amount },
      }),
      write: (run, order) => notify(run, order, mails),
    },
  ];
}

async function store(run: Run, order: PeerOrder): Promise<void> {
  const { orderId, customerId, currency, amount } = order;
  const hash = createHash('sha256').update(JSON.stringify(order)).digest('hex');
  await run(STORE, [orderId, customerId, orderId, hash, currency, amount]);
}

async function reserve(run: Run, { orderId, items }: PeerOrder): Promise<void> {
  const sorted = items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
  await run(RESERVE, [orderId, commandId(orderId, 'inventory.reserve', 1), JSON.stringify(sorted)]);
}

async function charge(run: Run, order: PeerOrder): Promise<void> {
  const { orderId, customerId, amount, currency, payment } = order;
  const charged = chargeInstantly({ sagaId: orderId, method: payment.method });
  if (charged.outcome === 'declined') throw new StepRefused(`the payment of ${orderId} was declined`);
  const id = commandId(orderId, 'payment.charge', 1);
  await run(CHARGE, [
    ...[orderId, id, customerId, amount, currency, payment.method],
    ...[charged.gatewayId, charged.outcome],
  ]);
}

async function confirm(run: Run, { orderId }: PeerOrder): Promise<void> {
  await run(CONFIRM, [
    orderId,
    commandId(orderId, 'inventory.confirm', 1),
    commandId(orderId, 'inventory.reserve', 1),
  ]);
}

async function prepare(run: Run, { orderId, shippingAddress, items }: PeerOrder): Promise<void> {
  const id = commandId(orderId, 'shipping.prepare', 1);
  await run(PREPARE, [
    ...[orderId, shipmentId(orderId), id, shippingAddress.country],
    ...[JSON.stringify(shippingAddress), JSON.stringify(items)],
  ]);
}

/** Writes the file, then the row, as notification does: a repeat writes the same file. */
async function notify(run: Run, order: PeerOrder, mails: ReturnType<typeof fileTransport>): Promise<void> {
  const { orderId, customerId, items, currency, amount } = order;
  const letter = letterAbout({
    ...{
      id: eventId(orderId, 'order.completed'),
      orderId,
      at: new Date(uuidv7Ms(orderId)),
      traceparent: undefined,
    },
    type: 'order.completed',
    order: { customerId, items, currency, amount, charged: amount, shipmentId: shipmentId(orderId) },
  });
  await mails.send(letter);
  await run(NOTIFY, [letter.eventId, orderId, letter.to]);
}
