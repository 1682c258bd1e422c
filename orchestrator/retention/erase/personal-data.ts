/**
 * Where personal data lies, column by column: in tables, and in the exports of their rows. A test searches every text, json and
 * bytea column there is for an erased customer.
 */
import { CONTRACTS } from '#participants/registry.ts';
import { ERASED, eraseDocument, eraseText, type Person } from './erase-document.ts';

/**
 * How a column is erased. `subject`: it is the customer's id. `document`, `address`: JSON. `text`: it may quote the id.
 * `erased`, `null`, `renewed`: whatever it holds; the last gets another random value.
 */
export type How = 'subject' | 'document' | 'address' | 'text' | 'erased' | 'null' | 'renewed';

export interface PersonalTable {
  readonly table: string;
  /** The column of the order's id, by which rows are found. */
  readonly order: string;
  readonly columns: Readonly<Record<string, How>>;
  /** Its rows are hash-chained: an erased one keeps the digest of its documents, and names the erasure. */
  readonly isChained?: true;
}

/** The tables of orders. `orders` comes last: it says which orders are still to be erased. */
export const PERSONAL: readonly PersonalTable[] = [
  {
    table: 'payment.intents',
    order: 'saga_id',
    columns: {
      customer_id: 'subject',
      method: 'erased',
      gateway_customer: 'null',
      last_failure: 'null',
      refund_refusal: 'document',
    },
  },
  { table: 'payment.incidents', order: 'saga_id', columns: { text: 'text' } },
  { table: 'shipping.shipments', order: 'saga_id', columns: { address: 'address' } },
  {
    table: 'notification.mails',
    order: 'order_id',
    columns: { recipient: 'erased', answer: 'null', letter: 'null' },
  },
  ...CONTRACTS.map(({ name }) => ({
    table: `${name}.inbox`,
    order: 'saga_id',
    columns: { reply: 'document' as const },
  })),
  {
    table: 'orchestrator.journal',
    order: 'saga_id',
    columns: { message: 'document', change: 'document', out: 'document' },
    isChained: true,
  },
  { table: 'orchestrator.unmatched', order: 'saga_id', columns: { message: 'document' } },
  {
    table: 'orchestrator.sagas',
    order: 'id',
    columns: {
      customer_id: 'subject',
      input: 'document',
      context: 'document',
      pending: 'document',
      stuck: 'document',
      last_failure: 'document',
      journal_salt: 'renewed',
    },
  },
  {
    table: 'orchestrator.orders',
    order: 'id',
    // The hash is of the whole order: a guess at an address could be compared with it.
    columns: { customer_id: 'subject', idempotency_key: 'null', request_hash: 'erased' },
  },
];

/** A column's value without the person; JSON as data. */
export function eraseColumn(how: How, value: unknown, person: Person): unknown {
  if (value === null || value === undefined) return null;
  switch (how) {
    case 'subject':
      return value === person.customerId ? person.subject : value;
    case 'document':
      return eraseDocument(value, person);
    case 'address':
      return eraseDocument(value, person, true);
    case 'text':
      return eraseText(String(value), person);
    case 'erased':
      return ERASED;
    case 'null':
    case 'renewed':
      return null;
  }
}
