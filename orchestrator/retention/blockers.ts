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
export async function reasonsToKeep(of: (schema: string) => Sql, month: Month): Promise<string[]> {
  const reasons: string[] = [];
  for (const { table, key, where, what } of BLOCKERS) {
    const [found] = await of(schemaOf(table)).query<{ count: number; first: string | null }>(
      `SELECT count(*)::int AS count, min(${key}::text) AS first FROM ${table}
        WHERE ${key} >= $1::uuid AND ${key} < $2::uuid AND (${where})`,
      month.idsFrom,
      month.idsUntil,
    );
    if (found !== undefined && found.count > 0)
      reasons.push(`${found.count} ${what}, the first of order ${found.first}`);
  }
  return reasons;
}
