/** Writes the letter about the end of an order. Pure: an event always gives the same letter. */
import { isAscii } from 'node:buffer';
import { domainToASCII } from 'node:url';
import { formatMoney } from '#protocol/currency.ts';
import type { OrderItem } from '#protocol/order-events.ts';
import type { OrderEnd } from './event.ts';

/** A mail before it is rendered. */
export interface Letter {
  /** The event's id; the Message-ID and the file name follow from it. */
  readonly eventId: string;
  readonly orderId: string;
  readonly at: Date;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export function letterAbout(end: OrderEnd): Letter {
  const { id: eventId, orderId, at } = end;
  const to = addressOf(end.order.customerId);
  const content = end.type === 'order.completed' ? completed(end) : failed(end);
  const text = `Hello,\n\n${content.opening}\n\n${table(content.rows)}\n\nYour shop\n`;
  return { eventId, orderId, at, to, subject: content.subject, text };
}

type Content = {
  subject: string;
  opening: string;
  rows: ReadonlyArray<readonly [string, readonly string[]]>;
};

function completed({ orderId, order }: Extract<OrderEnd, { type: 'order.completed' }>): Content {
  const { amount, charged, currency, shipmentId } = order;
  const less =
    charged < amount
      ? ` (${formatMoney(amount, currency)} less ${formatMoney(amount - charged, currency)} discount)`
      : '';
  return {
    subject: `Your order ${orderId} is on its way`,
    opening: 'thank you for your order. It is paid, and we have prepared the parcel.',
    rows: [
      ['Order', [orderId]],
      ['Items', order.items.map(line)],
      ['Paid', [formatMoney(charged, currency) + less]],
      ...(shipmentId === undefined ? [] : ([['Shipment', [shipmentId]]] as const)),
    ],
  };
}

function failed({ orderId, order }: Extract<OrderEnd, { type: 'order.failed' }>): Content {
  return {
    subject: `Your order ${orderId} could not be completed`,
    opening:
      `we are sorry, we could not complete your order. ${reasonOf(order.reason, order.text)}\n` +
      'If you were charged, we are arranging the repayment. It can take several days to reach you; if it has not arrived\n' +
      'after two weeks, write to us and name the order.',
    rows: [
      ['Order', [orderId]],
      ['Items', order.items.map(line)],
      ['Amount', [formatMoney(order.amount, order.currency)]],
    ],
  };
}

const REASONS: Readonly<Record<string, string>> = {
  'inventory.refused': 'Something you ordered is not in stock',
  'inventory.confirmRefused': 'Something you ordered is not in stock any more',
  'payment.declined': 'Your payment was declined',
  'coupon.refused': 'Your coupon could not be used',
  'shipping.refused': 'We cannot deliver to your address',
};

/** The reason of a failure as a sentence; `text` is the refusal's own. */
function reasonOf(reason: string, text: string | undefined): string {
  const known = REASONS[reason];
  if (known !== undefined) return `${known}${text === undefined ? '' : `: ${text.replace(/\.$/, '')}`}.`;
  if (reason.endsWith('.timed-out')) return 'It took us too long to carry it out.';
  return `The reason: ${text ?? reason}.`;
}

function line({ sku, quantity }: OrderItem): string {
  return `${quantity} x ${sku}`;
}

const NAME_WIDTH = 10;

function table(rows: Content['rows']): string {
  return rows
    .flatMap(([name, lines]) => lines.map((text, i) => (i === 0 ? `${name}:` : '').padEnd(NAME_WIDTH) + text))
    .join('\n');
}

/**
 * Words and dots (RFC 5322, section 3.2.3; RFC 6531 adds other scripts' letters and digits) at a domain of letters, digits
 * and hyphens. Quoted parts and comments are no part of a customer id.
 */
const ADDRESS =
  /^[\p{L}\p{M}\p{N}\w!#$%&'*+/=?^`{|}~-]+(?:\.[\p{L}\p{M}\p{N}\w!#$%&'*+/=?^`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/u;
const MAX_LOCAL_BYTES = 64;

/** A customer's address: the customer id where it is an address, else one that no mailbox has. */
export function addressOf(customerId: string): string {
  const at = customerId.lastIndexOf('@');
  const given = customerId.slice(at + 1);
  // A domain in another script has an ASCII form. A local part has none: it needs a server with SMTPUTF8.
  const domain = isAscii(Buffer.from(given)) ? given : domainToASCII(given);
  // One spelling for each name, as RFC 6532 asks: a mailbox has one.
  const local = customerId.slice(0, Math.max(at, 0)).normalize('NFC');
  const address = `${local}@${domain}`;
  if (Buffer.byteLength(local) <= MAX_LOCAL_BYTES && ADDRESS.test(address)) return address;
  return `${encodeURIComponent(customerId).replace(/[()]/g, '_')}@customers.invalid`;
}
