/**
 * What keeps a month: rows that still live, or wait for somebody. Such a month stays as a whole, and the newer ones with it, for
 * the ledger leaves out what is older than one instant. Coupons and dead letters keep no month: those rows stay alone.
 */
import { CONTRACTS } from '#participants/registry.ts';
import type { Sql } from '#platform/postgres/database.ts';
import type { Month } from './months.ts';
import { schemaOf } from './tables.ts';

interface Blocker {
  readonly table: string;
  /** Its column of the order's id. */
  readonly key: string;
  readonly where: string;
  readonly what: string;
}

export const BLOCKERS: readonly Blocker[] = [
  {
    table: 'orchestrator.sagas',
    key: 'id',
    where: 'ended_at IS NULL OR due_at IS NOT NULL',
    what: 'sagas that have not ended, or have an incident',
  },
  {
    table: 'orchestrator.actions',
    key: 'saga_id',
    where: `state = 'waiting'`,
    what: 'people’s actions that wait for their saga',
  },
  {
    table: 'payment.intents',
    key: 'saga_id',
    where: `outcome = 'open' OR due_at IS NOT NULL`,
    what: 'charges or refunds under way',
  },
  { table: 'payment.undos', key: 'saga_id', where: 'answered_at IS NULL', what: 'refunds not answered yet' },
  {
    table: 'payment.reversals',
    key: 'saga_id',
    where: `state = 'pending'`,
    what: 'refunds or disputes that are pending at the gateway',
  },
  {
    table: 'payment.incidents',
    key: 'saga_id',
    where: 'published_at IS NULL',
    what: 'money incidents that are not published',
  },
  {
    table: 'inventory.reservations',
    key: 'saga_id',
    where: `state = 'reserved'`,
    what: 'reservations neither confirmed nor released',
  },
  {
    table: 'notification.mails',
    key: 'order_id',
    where: `state = 'deferred'`,
    what: 'mails that are still to be sent',
  },
  ...CONTRACTS.map(({ name }) => ({
    table: `${name}.inbox`,
    key: 'saga_id',
    where: `state = 'open'`,
    what: `commands that ${name} has not answered`,
  })),
];

/** Why a month of orders must stay, one sentence a reason; none: it may go. @param of the database of a schema */
export function reasonsToKeep(of: (schema: string) => Sql, month: Month): Promise<string[]> {
  const inMonth = (key: string) => `${key} >= $1::uuid AND ${key} < $2::uuid`;
  return reasons(of, inMonth, month.idsFrom, month.idsUntil);
}

/** What of some orders is still under way. */
export function reasonsOf(of: (schema: string) => Sql, orderIds: readonly string[]): Promise<string[]> {
  return reasons(of, (key) => `${key} = ANY ($1::uuid[])`, orderIds);
}

async function reasons(
  of: (schema: string) => Sql,
  condition: (key: string) => string,
  ...values: unknown[]
): Promise<string[]> {
  const found: string[] = [];
  for (const { table, key, where, what } of BLOCKERS) {
    const [row] = await of(schemaOf(table)).query<{ count: number; first: string | null }>(
      `SELECT count(*)::int AS count, min(${key}::text) AS first FROM ${table} WHERE ${condition(key)} AND (${where})`,
      ...values,
    );
    if (row !== undefined && row.count > 0)
      found.push(`${row.count} ${what}, the first of order ${row.first}`);
  }
  return found;
}
