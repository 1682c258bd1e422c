/** For tests: Prisma's client, with every statement it sends. */
import type pg from 'pg';
import type { Database } from '../database.ts';
import { openPrisma, type Prisma } from '../prisma.ts';

/** A statement as the driver received it. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Opens a client and passes each of its statements to `note`. */
export function recordedPrisma(
  { pool }: Pick<Database, 'pool'>,
  note: (statement: Statement) => void,
): Prisma {
  const query = (statement: pg.QueryConfig) => {
    note({ text: statement.text, values: statement.values ?? [] });
    return pool.query(statement);
  };
  return openPrisma({ pool: Object.create(pool, { query: { value: query, configurable: true } }) });
}
