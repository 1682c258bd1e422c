/** Erases a person from the rows of some orders: reads the personal columns, and writes them back without the person. */
import type { Database, Sql } from '#platform/postgres/database.ts';
import { ERASED, eraseDocument, eraseText, type Person } from './erase-document.ts';
import { eraseColumn, type How, type PersonalTable } from './personal-data.ts';

const isJson = (how: How) => how === 'document' || how === 'address';

/** Erases the rows of some orders in one table, in one transaction. @returns the rows written */
export async function eraseRows(
  db: Database,
  { table, order, columns }: PersonalTable,
  orderIds: readonly string[],
  person: Person,
): Promise<number> {
  const names = Object.keys(columns).filter((name) => columns[name] !== 'null');
  const nulls = Object.keys(columns).filter((name) => columns[name] === 'null');
  const set = [
    ...names.map((name, i) => `"${name}" = $${i + 3}::${isJson(columns[name] as How) ? 'json' : 'text'}`),
    ...nulls.map((name) => `"${name}" = NULL`),
  ];
  return db.transaction(async (sql) => {
    const found = await sql.query<Record<string, unknown> & { at: string; of: string }>(
      `SELECT t.ctid::text AS at, t.tableoid::text AS of, ${names.map((name) => `t."${name}"`).join(', ')}
         FROM ${table} t WHERE t.${order} = ANY ($1::uuid[]) FOR UPDATE`,
      orderIds,
    );
    for (const { at, of, ...row } of found) {
      const erased = names.map((name) => {
        const how = columns[name] as How;
        const value = eraseColumn(how, row[name], person);
        return isJson(how) && value !== null ? JSON.stringify(value) : value;
      });
      await sql.execute(
        `UPDATE ${table} SET ${set.join(', ')} WHERE ctid = $1::tid AND tableoid = $2::oid`,
        at,
        of,
        ...erased,
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
      text: string;
    }>(
      `SELECT partition, record_offset AS nr, key, value, text FROM orchestrator.dead_letters
        WHERE saga_id = ANY ($1::uuid[]) OR position($2::bytea IN value) > 0 OR key = $2::bytea FOR UPDATE`,
      orderIds,
      id,
    );
    for (const { partition, nr, key, value, text } of found) {
      await sql.execute(
        `UPDATE orchestrator.dead_letters SET key = $3::bytea, value = $4::bytea, text = $5
          WHERE partition = $1::int AND record_offset = $2::bigint`,
        partition,
        nr,
        key?.equals(id) ? Buffer.from(person.subject) : key,
        eraseBytes(value, person),
        eraseText(text, person),
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
