/** Erases a person from the rows of some orders: reads the personal columns, and writes them back without the person. */
import type { Database, Sql } from '#platform/postgres/database.ts';
import { keepDigestSql } from '../../store/erased-journal.ts';
import { ERASED, eraseDocument, eraseText, type Person, SHORTEST_QUOTED } from './erase-document.ts';
import { eraseColumn, type PersonalTable } from './personal-data.ts';

/**
 * Erases the rows of some orders in one table, in one transaction.
 * @param erasureId the entry of the audit that will name the erasure
 * @returns the rows written
 */
export async function eraseRows(
  db: Database,
  { table, order, columns, isChained }: PersonalTable,
  orderIds: readonly string[],
  person: Person,
  erasureId: string,
): Promise<number> {
  const all = [...columns];
  const fixed = all.filter(([, how]) => how === 'null' || how === 'renewed');
  const read = all.filter(([, how]) => how !== 'null' && how !== 'renewed');
  const set = [
    ...read.map(([name, how], i) => `"${name}" = $${i + 3}::${how === 'document' ? 'json' : 'text'}`),
    ...fixed.map(([name, how]) => `"${name}" = ${how === 'null' ? 'NULL' : 'gen_random_uuid()'}`),
    ...(isChained ? [keepDigestSql(`$${read.length + 3}::uuid`)] : []),
  ];
  return db.transaction(async (sql) => {
    const found = await sql.query<Record<string, unknown> & { at: string; of: string }>(
      `SELECT ${['t.ctid::text AS at', 't.tableoid::text AS of', ...read.map(([name]) => `t."${name}"`)].join(', ')}
         FROM ${table} t WHERE t.${order} = ANY ($1::uuid[]) FOR UPDATE`,
      orderIds,
    );
    for (const { at, of, ...row } of found) {
      const erased = read.map(([name, how]) => {
        const value = eraseColumn(name, how, row[name], person);
        return how === 'document' && value !== null ? JSON.stringify(value) : value;
      });
      await sql.execute(
        `UPDATE ${table} t SET ${set.join(', ')} WHERE ctid = $1::tid AND tableoid = $2::oid`,
        at,
        of,
        ...erased,
        ...(isChained ? [erasureId] : []),
      );
    }
    return found.length;
  });
}

/** A user's coupons belong to nobody from then on; an address of the request no longer finds its answer. */
export async function eraseCoupons(sql: Sql, { customerId, subject }: Person): Promise<number> {
  return sql.execute(
    `UPDATE coupon.coupons SET user_id = $2, request_id = '${ERASED}/' || id WHERE campaign_id IN (
       SELECT id FROM coupon.campaigns) AND user_id = $1`,
    customerId,
    subject,
  );
}

/** Saved views that name the person: without the person they would find nothing. The person's own ones are among them. */
export async function deleteViews(sql: Sql, { customerId }: Person): Promise<number> {
  return sql.execute(
    `DELETE FROM orchestrator.saved_views WHERE owner = $1 OR filter->>'customerId' = $1 OR filter->>'text' = $1
        OR (length($1) >= ${SHORTEST_QUOTED} AND (position($1 IN name) > 0 OR position($2 IN filter::text) > 0))`,
    customerId,
    JSON.stringify(customerId).slice(1, -1),
  );
}

/** Dead letters of the orders, and those that name the person anywhere in their bytes. */
export async function eraseLetters(
  db: Database,
  orderIds: readonly string[],
  person: Person,
): Promise<number> {
  return db.transaction(async (sql) => {
    const id = Buffer.from(person.customerId);
    const found = await sql.query<{
      partition: number;
      nr: bigint;
      key: Buffer | null;
      value: Buffer;
      edited: Buffer | null;
      text: string;
    }>(
      `SELECT partition, record_offset AS nr, key, value, edited_value AS edited, text FROM orchestrator.dead_letters
        WHERE saga_id = ANY ($1::uuid[]) OR position($2::bytea IN value) > 0 OR key = $2::bytea
           OR position($2::bytea IN edited_value) > 0 FOR UPDATE`,
      orderIds,
      id,
    );
    for (const { partition, nr, key, value, edited, text } of found) {
      await sql.execute(
        `UPDATE orchestrator.dead_letters SET key = $3::bytea, value = $4::bytea, text = $5, edited_value = $6::bytea
          WHERE partition = $1::int AND record_offset = $2::bigint`,
        partition,
        nr,
        key?.equals(id) ? Buffer.from(person.subject) : key,
        eraseBytes(value, person),
        eraseText(text, person),
        edited === null ? null : eraseBytes(edited, person),
      );
    }
    return found.length;
  });
}

/** A message without the person; bytes that are no message go altogether. */
function eraseBytes(value: Buffer, person: Person): Buffer {
  try {
    const erased = Buffer.from(JSON.stringify(eraseDocument(JSON.parse(value.toString()), person)));
    return erased.includes(person.customerId) ? Buffer.alloc(0) : erased;
  } catch {
    return Buffer.alloc(0);
  }
}
