/**
 * Where personal data lies in the tables of orders, and in the exports of their rows. What an erasure keeps is listed: a column of
 * text or JSON that nobody lists is erased, so a new one is safe until somebody decides. A test searches every text, json and bytea
 * column there is for an erased customer, another judges the ledger of what is left.
 */
import type { Database } from '#platform/postgres/database.ts';
import type { DatabaseOf } from '../plan.ts';
import { schemaOf, TABLES } from '../tables.ts';
import { ERASED, eraseDocument, eraseText, type Person } from './erase-document.ts';

/**
 * How a column is erased. `subject`: it is the customer's id. `document`: JSON. `text`: it may quote the id.
 * `erased`, `null`, `renewed`: whatever it holds; the last gets another random value.
 */
export type How = 'subject' | 'document' | 'text' | 'erased' | 'null' | 'renewed';

export interface PersonalTable {
  readonly table: string;
  /** The column of the order's id, by which rows are found. */
  readonly order: string;
  readonly columns: ReadonlyMap<string, How>;
  /** The table's other columns. */
  readonly kept: ReadonlySet<string>;
  /** Its rows are hash-chained: an erased one keeps the digest of its documents, and names the erasure. */
  readonly isChained: boolean;
}

/** The columns that an erasure keeps, whichever table they are of: ids that are made, words of a list, what was ordered. */
const KEPT = new Set([
  ...['id', 'command_id', 'event_id', 'message_id', 'incident_id', 'reversal_id', 'refund_id', 'gateway_id'],
  ...['type', 'kind', 'state', 'status', 'outcome', 'goal', 'code', 'decline_code', 'from_state', 'to_state'],
  ...['definition', 'gateway', 'origin_topic', 'traceparent', 'sweep_state'],
  ...['currency', 'country', 'items'],
]);
/** Kept in one table: elsewhere a person may be meant by the name. */
const KEPT_IN_ONE = new Set([
  'orchestrator.unmatched.reason',
  'payment.undos.names',
  'inventory.reservations.confirmed_by',
]);
/** Erased in a way of its own. */
const OTHERWISE: Readonly<Record<string, How>> = {
  'payment.incidents.text': 'text',
  'notification.mails.letter': 'null',
  // The digests of the journal were made with it: nobody can compare a guess with them.
  'orchestrator.sagas.journal_salt': 'renewed',
};
const SUBJECT = 'customer_id';
const CHAINED = 'orchestrator.journal';

/** Sagas after journals, whose digests need the salt; orders last: they say which orders are still to be erased. */
const LAST = ['orchestrator.sagas', 'orchestrator.orders'];
const ORDER_TABLES = TABLES.filter(({ kind }) => kind === 'orders')
  .map(({ name, orderId }) => ({ table: name, order: orderId ?? (LAST.includes(name) ? 'id' : 'saga_id') }))
  .sort((a, b) => LAST.indexOf(a.table) - LAST.indexOf(b.table));

/** The tables with something to erase, in the order in which they are erased. @param of the connections of each owner */
export async function personalTables(of: DatabaseOf): Promise<PersonalTable[]> {
  const found: PersonalTable[] = [];
  for (const { table, order } of ORDER_TABLES) {
    const all = await columnsOf(of(schemaOf(table)), table);
    const columns = new Map<string, How>();
    for (const { name, type, mustBe } of all) {
      const how = howOf(table, name, () => {
        if (type === 'json') return 'document';
        return type !== 'text' ? null : mustBe ? 'erased' : 'null';
      });
      if (how !== null) columns.set(name, how);
    }
    const kept = new Set(all.map(({ name }) => name).filter((name) => !columns.has(name)));
    if (columns.size > 0) found.push({ table, order, columns, kept, isChained: table === CHAINED });
  }
  return found;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly mustBe: boolean;
}

function columnsOf(db: Database, table: string): Promise<Column[]> {
  return db.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS "mustBe" FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    table,
  );
}

/** @param unlisted how a column is erased that is in no list; null: it is kept */
function howOf(table: string, name: string, unlisted: () => How | null): How | null {
  if (name === SUBJECT) return 'subject';
  const place = `${table}.${name}`;
  return KEPT.has(name) || KEPT_IN_ONE.has(place) ? null : (OTHERWISE[place] ?? unlisted());
}

/** How a field of an exported row is erased: also one of a column that the table has no longer. @returns null: it is kept */
export function exportedHow(
  { table, columns, kept }: PersonalTable,
  name: string,
  value: unknown,
): How | null {
  if (kept.has(name)) return null;
  return (
    columns.get(name) ??
    howOf(table, name, () =>
      typeof value === 'string' ? 'erased' : typeof value === 'object' ? 'document' : null,
    )
  );
}

/** A column's value without the person; JSON as data. */
export function eraseColumn(name: string, how: How, value: unknown, person: Person): unknown {
  if (value === null || value === undefined) return null;
  switch (how) {
    case 'subject':
      return value === person.customerId ? person.subject : value;
    case 'document':
      return (eraseDocument({ [name]: value }, person) as Record<string, unknown>)[name];
    case 'text':
      return eraseText(String(value), person);
    case 'erased':
      return ERASED;
    case 'null':
    case 'renewed':
      return null;
  }
}
