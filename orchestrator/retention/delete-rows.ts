/** Deletes, in bounded batches, the old rows of tables whose keys permit no month partitions. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#platform/postgres/database.ts';
import type { Month } from './months.ts';

/** Rows of one statement: some milliseconds of work, and of locks on rows that nobody wants. */
const BATCH = 1_000;
/** Between two batches, so that deletion leaves the server to those who wait for it. */
const PAUSE_MS = 20;

/** Runs a batch until it has nothing left. @returns the rows deleted */
async function repeat(batch: () => Promise<number>): Promise<number> {
  let all = 0;
  for (;;) {
    const deleted = await batch();
    all += deleted;
    if (deleted < BATCH) return all;
    await sleep(PAUSE_MS);
  }
}

/** The orders of a month, in order of their ids. */
export function deleteOrders(db: Database, { idsFrom, idsUntil }: Month): Promise<number> {
  return repeat(() =>
    db.execute(
      `DELETE FROM orchestrator.orders WHERE id IN (
         SELECT id FROM orchestrator.orders WHERE id >= $1::uuid AND id < $2::uuid ORDER BY id LIMIT ${BATCH})`,
      idsFrom,
      idsUntil,
    ),
  );
}

/** Dead letters that were sent again, or discarded, before an instant. The others stay: nobody has resolved them. */
export function deleteLetters(db: Database, before: Date): Promise<number> {
  return repeat(() =>
    db.execute(
      `DELETE FROM orchestrator.dead_letters WHERE (partition, record_offset) IN (
         SELECT partition, record_offset FROM orchestrator.dead_letters WHERE GREATEST(resent_at, discarded_at) < $1::timestamptz LIMIT ${BATCH})`,
      before,
    ),
  );
}

/** Batches that ended before an instant, their targets first. */
export async function deleteBatches(db: Database, before: Date): Promise<number> {
  const items = await repeat(() =>
    db.execute(
      `DELETE FROM orchestrator.batch_items WHERE (batch_id, number) IN (
         SELECT i.batch_id, i.number FROM orchestrator.batches b JOIN orchestrator.batch_items i ON i.batch_id = b.id
          WHERE b.ended_at < $1::timestamptz LIMIT ${BATCH})`,
      before,
    ),
  );
  const batches = await repeat(() =>
    db.execute(
      `DELETE FROM orchestrator.batches WHERE id IN (
         SELECT id FROM orchestrator.batches WHERE ended_at < $1::timestamptz LIMIT ${BATCH})`,
      before,
    ),
  );
  return items + batches;
}

const NO_USER = '';

interface Page {
  readonly deleted: number;
  readonly seen: number;
  readonly last: string | null;
}

/**
 * A page of a campaign's coupons, by user; of these it deletes what expired unused, and what an order used whose month is
 * gone. The campaign goes on counting them.
 */
const DELETE_COUPONS = `
WITH page AS MATERIALIZED (
  SELECT id, user_id FROM coupon.coupons WHERE campaign_id = $1::uuid AND user_id > $2 ORDER BY user_id LIMIT ${BATCH}),
gone AS (
  DELETE FROM coupon.coupons c USING page p
   WHERE c.id = p.id AND c.issued_at < $3::timestamptz
     AND (c.redeemed_by < $4::uuid OR (c.redeemed_by IS NULL AND c.valid_until < $3::timestamptz))
  RETURNING c.id),
counted AS (
  UPDATE coupon.campaigns SET removed = removed + (SELECT count(*) FROM gone)
   WHERE id = $1::uuid AND EXISTS (SELECT FROM gone))
SELECT (SELECT count(*) FROM gone)::int AS deleted, (SELECT count(*) FROM page)::int AS seen,
       (SELECT max(user_id) FROM page) AS last`;

/**
 * Coupons of campaigns that were over before an instant. One that is not used and does not expire stays for ever, as does
 * one whose order is still there.
 * @param ordersFrom the smallest order id that is kept
 */
export async function deleteCoupons(db: Database, before: Date, ordersFrom: string): Promise<number> {
  const campaigns = await db.query<{ id: string }>(
    `SELECT c.id::text FROM coupon.campaigns c WHERE LEAST(c.closed_at, c.ends_at) < $1::timestamptz AND c.issued > c.removed ORDER BY c.id`,
    before,
  );
  let all = 0;
  for (const { id } of campaigns) {
    for (let last: string | null = NO_USER; last !== null; ) {
      const [page]: Page[] = await db.query<Page>(DELETE_COUPONS, id, last, before, ordersFrom);
      all += page?.deleted ?? 0;
      last = page !== undefined && page.seen === BATCH ? page.last : null;
      if (last !== null) await sleep(PAUSE_MS);
    }
  }
  return all;
}
