/** Carries what a month's rows come to into one row a sku, so that stock stays the sum of what is left and what was carried. */
import type { Database } from '#platform/postgres/database.ts';
import type { Month } from './months.ts';

/** The sums of a kind's rows before an instant ($1), or an id ($2), that were not carried yet. */
const SUMS = {
  movements: `
    SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(sold) AS sold
      FROM inventory.movements WHERE at < $1::timestamptz
       AND at >= COALESCE((SELECT until FROM inventory.carried_until WHERE kind = 'movements'), '-infinity') GROUP BY sku`,
  // Nothing of such a month is reserved any more: those rows keep it.
  reservations: `
    SELECT i.sku, 0 AS available, 0 AS reserved, sum(i.quantity) AS sold
      FROM inventory.reservations r CROSS JOIN LATERAL json_to_recordset(r.items) AS i(sku text, quantity bigint)
     WHERE r.state = 'confirmed' AND r.saga_id < $2::uuid
       AND r.saga_id >= COALESCE((SELECT ids_from FROM inventory.carried_until WHERE kind = 'reservations'),
                                 '00000000-0000-0000-0000-000000000000')
     GROUP BY i.sku`,
};

/**
 * Carries all rows from before a month's end. In one transaction with the instant from which on rows count, so that every
 * snapshot counts each row once. A second call for the same month carries nothing.
 */
export async function carryStock(
  db: Database,
  kind: keyof typeof SUMS,
  { until, idsUntil }: Month,
): Promise<void> {
  await db.transaction(async (sql) => {
    await sql.query(`SELECT pg_advisory_xact_lock(hashtext('inventory.carried'))::text`);
    const [row] = await sql.query<{ until: Date }>(
      'SELECT until FROM inventory.carried_until WHERE kind = $1',
      kind,
    );
    if (row !== undefined && row.until >= until) return;
    await sql.execute(
      `INSERT INTO inventory.carried AS c (kind, sku, available, reserved, sold)
       SELECT $3, s.sku, s.available, s.reserved, s.sold FROM (${SUMS[kind]}) s
        WHERE $1::timestamptz IS NOT NULL AND $2::uuid IS NOT NULL
       ON CONFLICT (kind, sku) DO UPDATE SET available = c.available + excluded.available,
         reserved = c.reserved + excluded.reserved, sold = c.sold + excluded.sold`,
      until,
      idsUntil,
      kind,
    );
    await sql.execute(
      `INSERT INTO inventory.carried_until (kind, until, ids_from) VALUES ($1, $2::timestamptz, $3::uuid)
       ON CONFLICT (kind) DO UPDATE SET until = excluded.until, ids_from = excluded.ids_from`,
      kind,
      until,
      idsUntil,
    );
  });
}
