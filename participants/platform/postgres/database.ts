/**
 * Opens PostgreSQL, and classifies its errors as data faults or transient.
 *
 * The hot statements go straight to the driver, prepared once a connection; Prisma owns the schema and its migrations.
 * Measured: a statement costs 0.04 ms of CPU instead of 0.12-0.16, a transaction 0.1 instead of 0.4, and a prepared
 * write of the engine 0.15 ms instead of 1.07 (planning); an order passes some thirty statements.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { messageOf, RetryableError } from '#protocol/errors.ts';
import { UnfitValue } from './array-parameters.ts';

/** Runs statements: the pool, or an open transaction. */
export interface Sql {
  /** The rows of one statement. Values travel as parameters; the text is always a constant of the code. */
  query<Row>(text: string, ...values: unknown[]): Promise<Row[]>;
  /** How many rows a statement changed. */
  execute(text: string, ...values: unknown[]): Promise<number>;
}

/** A connection pool. */
export interface Database extends Sql {
  /** Runs `work` in one transaction: its result once committed, or its error after a rollback. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * PostgreSQL rolls back a transaction that is idle for so long and closes its connection: a frozen process, or one on a
 * lost machine, must not keep rows locked against its successor. Shorter than the shortest consumer session.
 */
const IDLE_IN_TRANSACTION_MS = 5_000;

/**
 * Every statement of the workers probes a primary key or one index, and a prepared plan outlives the empty table it was
 * made for: so the settings allow no other plan, whatever the statistics. The plan is generic, for one made for a single
 * value may scan an empty partition, which next month is full.
 */
const PROBES_ONLY =
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';

/** int8 as bigint, json as data, times as Date. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? BigInt
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/**
 * Opens a pool. `url` may carry a secret: it is never logged.
 * @param options.plans `probes` for workers, whose statements are all probes of an index; `any` for everything else
 * @param options.queryTimeoutMs the longest statement, 30 s by default; requests need a shorter one
 * @param options.stream a connection's bytes, for a server in this process
 */
export function openDatabase(
  url: string,
  options: {
    pool: number;
    processName: string;
    plans?: 'probes' | 'any';
    queryTimeoutMs?: number;
    stream?: () => Duplex;
  },
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.pool,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // An open stream costs nothing, and a simulated clock would end it.
    idleTimeoutMillis: options.stream === undefined ? 300_000 : 0,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: options.queryTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    application_name: options.processName,
    ...(options.plans === 'probes' && { options: PROBES_ONLY }),
    ...(options.stream && { stream: options.stream }),
    types,
  });
  // The pool replaces a connection that breaks while idle; without a listener the event would end the process.
  pool.on('error', () => {});
  // A connection that breaks between two statements of a transaction: the next statement fails.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    ...sqlOn(pool),
    async transaction(work) {
      const client = await pool.connect().catch(unavailable);
      let broken: Error | boolean = true;
      try {
        await client.query('BEGIN').catch(unavailable);
        const result = await work(sqlOn(client));
        await client.query('COMMIT').catch(unavailable);
        broken = false;
        return result;
      } catch (error) {
        await client.query('ROLLBACK').then(
          () => (broken = false),
          () => {},
        );
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

function sqlOn(on: Pick<pg.Pool, 'query'>): Sql {
  const run = (text: string, values: unknown[]) =>
    // Without values it may be several statements, or one that cannot be prepared (DDL).
    (values.length === 0 ? on.query(text) : on.query({ name: nameOf(text), text, values })).catch(
      unavailable,
    );
  return {
    query: async <Row>(text: string, ...values: unknown[]) => (await run(text, values)).rows as Row[],
    execute: async (text, ...values) => (await run(text, values)).rowCount ?? 0,
  };
}

/** An error without SQLSTATE does not come from the server: it is down or slow, or the connection broke. */
function unavailable(error: unknown): never {
  if (error instanceof pg.DatabaseError || error instanceof TypeError) throw error;
  throw new RetryableError('database-unavailable', messageOf(error), { cause: error });
}

const names = new Map<string, string>();

/** A prepared statement's name: the same text, the same name. Texts are constants, so there are few. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha1').update(text).digest('base64url');
    names.set(text, name);
  }
  return name;
}

/** The error's SQLSTATE and whether it names a constraint or column; null when there is none (a cut connection). */
export function sqlState(error: unknown): { state: string; names: boolean } | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; depth++) {
    if (at instanceof pg.DatabaseError && at.code !== undefined) {
      return { state: at.code, names: at.constraint !== undefined || at.column !== undefined };
    }
    at = at.cause;
  }
  return null;
}

/**
 * Whether the server refused a statement for its data: a value that fits no column, SQLSTATE class 22, or class 23 with a
 * constraint or column. Any other error is transient, a missing partition included (23514 without a constraint).
 */
export function isDataFault(error: unknown): boolean {
  if (error instanceof UnfitValue) return true;
  const found = sqlState(error);
  return found !== null && (found.state.startsWith('22') || (found.state.startsWith('23') && found.names));
}
