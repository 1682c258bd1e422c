/**
 * Opens Prisma's typed client over the pool of `openDatabase`.
 *
 * Which statement takes which way is decided here, for the whole product:
 * - Prisma runs the cold reads and writes of the admin surface, where one typed call is one statement with as good a
 *   plan: the audit and its actions, the activations shown, dead letters listed and read, the creation of campaigns.
 * - The driver (`Database`) runs all others:
 *   - hot statements: intake, engine, sweeper, inboxes, issuing, and whatever a process without Prisma runs too
 *     (the active versions, the live engines);
 *   - statements Prisma cannot express: the listing of sagas, counts on a partial index or an expression, `DISTINCT ON`;
 *   - the append to the audit, with everything in its transaction: it takes an advisory lock and reads the chain's end
 *     before it inserts.
 *
 * Measured: `findUnique` takes 0.4-0.6 ms where the driver takes 0.09 ms. Loading the client takes 0.15 s, so only
 * the processes that serve the admin surface import this module; all others import its types at the most.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '#prisma/client.ts';
import { type Database, statementName, unavailable } from './database.ts';

/** Prisma's client: one property for each model of `prisma/schema`. */
export type Prisma = ReturnType<typeof openPrisma>;

/** Carries an error of the driver through Prisma, which replaces errors that have a `code`. */
class DriverFailure extends Error {}

/**
 * Opens the client. It shares the pool with the driver, the pool's limits and time-outs included, and needs no closing.
 * Its statements fail with the driver's own errors: PostgreSQL's `DatabaseError`, or a `RetryableError`.
 */
export function openPrisma({ pool }: Pick<Database, 'pool'>) {
  const adapter = new PrismaPg(carryingFailures(pool), {
    statementNameGenerator: ({ sql }) => statementName(sql),
  });
  const client = new PrismaClient({ adapter });
  // Loads the query compiler (0.2 s) while the process starts, not at the first request. It does not reach the database.
  client.$connect().catch(() => {});
  return client.$extends({
    query: {
      $allOperations: ({ args, query }) =>
        query(args).catch((error: unknown) => {
          throw error instanceof DriverFailure ? error.cause : error;
        }),
    },
  });
}

function carryingFailures(pool: pg.Pool): pg.Pool {
  const query = (statement: pg.QueryConfig) =>
    pool
      .query(statement)
      .catch(unavailable)
      .catch((cause: unknown) => {
        throw new DriverFailure('a statement of Prisma failed', { cause });
      });
  return new Proxy(pool, {
    get(target, key) {
      if (key === 'query') return query;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
