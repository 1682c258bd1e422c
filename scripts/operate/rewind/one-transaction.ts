/** A database whose transactions are parts of one: the whole rewind happens, or nothing of it. */
import type { Database, Sql } from '#platform/postgres/database.ts';

/** Nested transactions become savepoints: a part that fails leaves the others as they are. @param sql the open transaction */
export function withinTransaction(sql: Sql): Database {
  let nth = 0;
  const part = async <T>(work: (inner: Sql) => Promise<T>): Promise<T> => {
    nth += 1;
    const name = `part_${nth}`;
    await sql.execute(`SAVEPOINT ${name}`);
    try {
      const result = await work(sql);
      await sql.execute(`RELEASE SAVEPOINT ${name}`);
      return result;
    } catch (error) {
      await sql.execute(`ROLLBACK TO SAVEPOINT ${name}`);
      throw error;
    }
  };
  return {
    ...sql,
    query: sql.query,
    execute: sql.execute,
    transaction: part,
    session: part,
    get pool(): never {
      throw new Error('a part of a transaction has no pool of its own');
    },
    close: async () => {},
  };
}
