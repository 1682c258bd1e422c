/** One round of retention: one process at a time drops the months that may go, and deletes the old rows of the other tables. */

import type { Database } from '#platform/postgres/database.ts';
import type { Kind } from '#platform/postgres/tables.ts';
import type { Logger } from '#platform/process/log.ts';
import type { RetentionSettings } from './config.ts';
import { deleteBatches, deleteCoupons, deleteLetters } from './delete-rows.ts';
import { dropMonth } from './drop-month.ts';
import { type EraseParts, eraseWaiting } from './erase/erase-customer.ts';
import { customersErased, lastRound, monthsDropped, monthsHeld, rowsDeleted } from './metrics.ts';
import { keptFrom } from './months.ts';
import { type DatabaseOf, MONTH_KINDS, planMonths } from './plan.ts';

/** Any numbers, the same for all processes. */
export const ROUND_LOCK = 7_310_403;
const ERASE_LOCK = 7_310_404;
const NO_ID = '00000000-0000-0000-0000-000000000000';

export interface RoundParts {
  readonly of: DatabaseOf;
  readonly settings: RetentionSettings;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Runs `work` while no other process does, under a lock of a session: it is free again when the process dies.
 * @returns false when another process holds the lock
 */
export function alone(db: Database, work: () => Promise<void>, lock = ROUND_LOCK): Promise<boolean> {
  return db.session(async (session) => {
    const [row] = await session.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', lock);
    if (row?.free !== true) return false;
    try {
      await work();
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', lock);
    }
    return true;
  });
}

/** Carries out the requests to erase a customer. @returns false when another process is at it */
export function eraseRound(parts: EraseParts): Promise<boolean> {
  return alone(
    parts.of('orchestrator'),
    async () => {
      customersErased.inc(await eraseWaiting(parts));
    },
    ERASE_LOCK,
  );
}

/**
 * One round. @returns false when another process is at it
 * @throws what kept it from its end; what was done stays done
 */
export function retentionRound({ of, settings, log, now }: RoundParts): Promise<boolean> {
  return alone(of('orchestrator'), async () => {
    const planned = await planMonths(of, settings, now());
    for (const kind of MONTH_KINDS) {
      const held = planned.filter((one) => one.kind === kind && one.reasons.length > 0);
      monthsHeld.set({ kind }, held.length);
      const [first] = held;
      if (first !== undefined)
        log.throttled('retention', 'month-held', {
          kind,
          month: first.month.name,
          reason: first.reasons.join('; '),
        });
    }
    for (const { kind, month, reasons } of planned) {
      if (reasons.length > 0) continue;
      const dropped = await dropMonth(of, kind, month, { exportFolder: settings.exportFolder, now });
      const rows = Object.values(dropped).reduce((sum, one) => sum + one.rows, 0);
      monthsDropped.inc({ kind });
      rowsDeleted.inc({ kind }, rows);
      log.info('month-dropped', { kind, month: month.name, count: rows });
    }
    const count = (kind: Kind, rows: number) => rowsDeleted.inc({ kind }, rows);
    const { coupons, 'dead-letters': letters } = settings.months;
    if (coupons !== undefined)
      count('coupons', await deleteCoupons(of('coupon'), keptFrom(coupons, now()), await ordersFrom(of)));
    if (letters !== undefined) {
      const before = keptFrom(letters, now());
      count('dead-letters', await deleteLetters(of('orchestrator'), before));
      count('dead-letters', await deleteBatches(of('orchestrator'), before));
    }
    lastRound.set(now() / 1000);
  });
}

/** The smallest order id that is kept. */
async function ordersFrom(of: DatabaseOf): Promise<string> {
  const [row] = await of('orchestrator').query<{ id: string | null }>(
    `SELECT max(ids_from::text) AS id FROM orchestrator.retention WHERE kind = 'orders' AND ended_at IS NOT NULL`,
  );
  return row?.id ?? NO_ID;
}
