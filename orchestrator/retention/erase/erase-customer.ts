/**
 * Carries out the requests to erase a customer, oldest first, one process at a time. Each step can be repeated: a round that was
 * killed is taken up by the next. The orders' rows go last, for by them the others are found.
 */
import type { Database } from '#platform/postgres/database.ts';
import { messageOf } from '#protocol/errors.ts';
import { reasonsOf } from '../blockers.ts';
import type { DatabaseOf } from '../plan.ts';
import { schemaOf } from '../tables.ts';
import { endErasure, personOf, type WaitingErasure } from './erase-audit.ts';
import type { Person } from './erase-document.ts';
import { deleteMailFiles, eraseExports } from './erase-files.ts';
import { deleteViews, eraseCoupons, eraseLetters, eraseRows } from './erase-rows.ts';
import { personalTables } from './personal-data.ts';

/** Orders of one transaction. */
const AT_ONCE = 100;
const NO_ID = '00000000-0000-0000-0000-000000000000';

export interface EraseParts {
  readonly of: DatabaseOf;
  /** Null: there are no exports. */
  readonly exportFolder: string | null;
  /** Where mails are written as files; null: nowhere. */
  readonly mailFolder: string | null;
  readonly now: () => number;
}

/**
 * Carries out what waits. One that cannot be carried out yet says why, and waits on.
 * @returns how many have ended
 */
export async function eraseWaiting(parts: EraseParts): Promise<number> {
  const db = parts.of('orchestrator');
  const waiting = await db.query<WaitingErasure>(
    `SELECT id::text, customer_id AS "customerId", subject, actor, role, reason, action_id::text AS "actionId"
       FROM orchestrator.erasures WHERE state = 'waiting' ORDER BY requested_at`,
  );
  let ended = 0;
  for (const erasure of waiting) {
    const why = await erase(parts, erasure).catch(
      (error: unknown) => `it failed, and is tried again: ${messageOf(error)}`,
    );
    if (why === null) ended++;
    else await noteWaiting(db, erasure.id, why);
  }
  return ended;
}

/** @returns what it waits for; null: it has ended */
async function erase(parts: EraseParts, erasure: WaitingErasure): Promise<string | null> {
  const { of, exportFolder, mailFolder, now } = parts;
  const db = of('orchestrator');
  const person = personOf(erasure);
  const ids = await orderIdsOf(db, person);
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const reasons = await reasonsOf(of, ids.slice(from, from + AT_ONCE));
    if (reasons.length > 0) return `waits for ${reasons.join('; ')}`;
  }
  const tables = await personalTables(of);
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    await eraseLetters(db, some, person);
    for (const table of tables)
      await eraseRows(of(schemaOf(table.table)), table, some, person, erasure.actionId);
  }
  await eraseLetters(db, [], person);
  await deleteViews(db, person);
  const coupons = await eraseCoupons(of('coupon'), person);
  const mails = mailFolder === null ? 0 : await deleteMailFiles(mailFolder, new Set(ids));
  const exports =
    exportFolder === null ? [] : await eraseExports(exportFolder, tables, person, erasure.actionId);
  const params = { orders: ids.length, coupons, mails, exports };
  return (await endErasure(db, erasure, ids, params, now)) ? null : 'waits for an order that came meanwhile';
}

/** The person's orders, those that an earlier round has erased included. */
async function orderIdsOf(db: Database, { customerId, subject }: Person): Promise<string[]> {
  const ids: string[] = [];
  for (let last = NO_ID; ; ) {
    const page = await db.query<{ id: string }>(
      `SELECT o.id::text FROM orchestrator.orders o WHERE o.customer_id = ANY ($1::text[]) AND o.id > $2::uuid ORDER BY o.id LIMIT 1000`,
      [customerId, subject],
      last,
    );
    ids.push(...page.map(({ id }) => id));
    const end = page.at(-1);
    if (end === undefined || page.length < 1000) return ids;
    last = end.id;
  }
}

/** The reason must not quote the customer: people read it. */
async function noteWaiting(db: Database, id: string, why: string): Promise<void> {
  await db.execute(
    `UPDATE orchestrator.erasures SET detail = replace($2, customer_id, subject)
      WHERE id = $1::uuid AND state = 'waiting' AND detail IS DISTINCT FROM $2`,
    id,
    why,
  );
}
