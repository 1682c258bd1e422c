/** Opens PostgreSQL through Prisma, and says which of its errors are the data's fault and which are circumstance. */
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../../prisma/generated/client.ts';

export type Database = PrismaClient;
/** What runs statements: the client, or an open transaction of it. */
export type Sql = Pick<PrismaClient, '$queryRawUnsafe' | '$executeRawUnsafe'>;

/**
 * A connection pool. `url` may carry a secret: it is never logged.
 * @param options.queryTimeoutMs gives up on a statement, and its connection, after this; else it waits for ever
 */
export function openDatabase(
  url: string,
  options: { pool: number; processName: string; queryTimeoutMs?: number },
): Database {
  const adapter = new PrismaPg({
    connectionString: url,
    max: options.pool,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 300_000,
    application_name: options.processName,
    ...(options.queryTimeoutMs !== undefined && { query_timeout: options.queryTimeoutMs }),
  });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 10_000, timeout: 30_000 } });
}

/** Rows of one statement. Values travel as parameters; the text is always a constant of the code. */
export async function rows<Row>(sql: Sql, text: string, ...values: unknown[]): Promise<Row[]> {
  return (await sql.$queryRawUnsafe(text, ...values)) as Row[];
}

/** The error's SQLSTATE and what it names, or null when there is none (a cut connection, a time-out). */
export function sqlState(error: unknown): { state: string; names: boolean; message: string } | null {
  for (let at = error, depth = 0; at !== null && typeof at === 'object' && depth < 6; depth++) {
    const found = at as Record<string, unknown>;
    const state = found['originalCode'] ?? found['code'];
    if (typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) && !/^P\d{4}$/.test(state)) {
      const named = found['constraint'] ?? found['column'];
      return {
        state,
        names: typeof named === 'string' || (typeof named === 'object' && named !== null),
        message: String(found['originalMessage'] ?? found['message'] ?? state),
      };
    }
    at = (found['driverAdapterError'] ??
      (found['meta'] as Record<string, unknown> | undefined)?.['driverAdapterError'] ??
      found['cause'] ??
      null) as object | null;
  }
  return null;
}

/**
 * Whether a statement was refused for its data: SQLSTATE class 22, or 23 that names a constraint or column.
 * Everything else is circumstance, a missing partition (23514 naming none) included: it is tried again, whole.
 */
export function isDataFault(error: unknown): boolean {
  const found = sqlState(error);
  if (found === null) return false;
  if (found.state.startsWith('22')) return true;
  return found.state.startsWith('23') && (found.names || /constraint "/.test(found.message));
}
