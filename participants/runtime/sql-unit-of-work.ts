/** A participant's unit of work on PostgreSQL. */
import { type Database, isDataFault, type Sql } from '#platform/postgres/database.ts';
import { sqlInbox } from './sql-inbox.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/**
 * @param schema the participant's PostgreSQL schema, which is its name
 * @param storeOn makes its store on the pool or on an open transaction
 */
export function sqlUnitOfWork<Store>(
  db: Database,
  schema: string,
  storeOn: (sql: Sql) => Store,
): UnitOfWork<Store> {
  const alone = storeOn(db);
  return {
    transaction: (work) =>
      db.transaction((sql) => work({ inbox: sqlInbox(sql, schema), store: storeOn(sql) })),
    alone: (verb) => verb(alone),
    isDataFault,
  };
}
