/** The settings of every session with PostgreSQL: the only place that names one, so that a role may hold them instead. */

/** How long one statement may take, ms. Each limit is below the next, so that the server gives up before the client. */
export interface TimeLimits {
  /** A wait for a lock. The server then answers `lock_not_available`: the statement did not happen. */
  readonly lockMs: number;
  /** The statement on the server. The server then answers `query_canceled`: the statement did not happen. */
  readonly statementMs: number;
  /** The client's wait for the answer. Beyond it the outcome is unknown. */
  readonly queryMs: number;
}

/**
 * PostgreSQL rolls back a transaction that is idle for so long and closes its connection: a frozen process, or one on a
 * lost machine, must not keep rows locked against its successor. Shorter than the shortest consumer session.
 */
const IDLE_IN_TRANSACTION_MS = 5_000;

/**
 * The server ends a statement whose client is gone. Without the check it would wait for its lock, and hold others, for as
 * long as `statementMs`.
 */
const CLIENT_CHECK_MS = 1_000;

/** How long a worker's statement may take. */
export const QUERY_TIMEOUT_MS = 30_000;
/** The same for one whose request waits. */
export const REQUEST_TIMEOUT_MS = 5_000;

/** Both ends close a connection whose other end is silent for so long: 5 s, then three probes. */
export const KEEP_ALIVE_S = { idle: 5, interval: 5, count: 3 };

/**
 * Every statement of the workers probes a primary key or one index, and a prepared plan outlives the empty table it was
 * made for: so the settings allow no other plan, whatever the statistics. The plan is generic, for one made for a single
 * value may scan an empty partition, which next month is full. Joins beside say so themselves (`probe.ts`).
 */
const PROBES_ONLY = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_indexonlyscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/**
 * A check that reads each table once, whatever the statistics say that a bulk of rows has outrun: a nested loop over a million
 * rows never ends, a hash always does.
 */
const CHECKS = {
  enable_nestloop: 'off',
  jit: 'off',
  max_parallel_workers: 0,
};

/** What the planner may do, by the kind of the session's statements. */
const PLANS = {
  any: {},
  probes: PROBES_ONLY,
  /** Checks of whole tables. */
  tables: CHECKS,
  /** Checks of ranges of ids: a range of an index each, with a plan that outlives the empty table it was made for. */
  ranges: { ...CHECKS, plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off' },
};

export type Plans = keyof typeof PLANS;

/** The limits of statements whose client waits `queryMs` for an answer. */
export function timeLimitsOf(queryMs: number): TimeLimits {
  return { queryMs, statementMs: Math.round(queryMs * 0.8), lockMs: Math.round(queryMs * 0.6) };
}

/** The settings of a pool's sessions. @param onlyReads the server refuses whatever would change something */
export function sessionSettings(limits: TimeLimits, plans: Plans, onlyReads = false): SessionSettings {
  return {
    // Prisma's adapter sends times without a zone, and takes those it reads for UTC.
    TimeZone: 'UTC',
    // The driver reads times in ISO form only, whatever a server, database or role has as its default.
    DateStyle: 'ISO',
    lock_timeout: limits.lockMs,
    statement_timeout: limits.statementMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    client_connection_check_interval: CLIENT_CHECK_MS,
    tcp_keepalives_idle: KEEP_ALIVE_S.idle,
    tcp_keepalives_interval: KEEP_ALIVE_S.interval,
    tcp_keepalives_count: KEEP_ALIVE_S.count,
    ...PLANS[plans],
    ...(onlyReads && { default_transaction_read_only: 'on' }),
  };
}

export type SessionSettings = Readonly<Record<string, string | number>>;

/** The settings as the start-up option of a session. */
export function startUpOption(settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** Statements that give a role the settings, for sessions that a pooler opens. */
export function roleStatements(role: string, settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `ALTER ROLE "${role.replaceAll('"', '""')}" SET ${name} = '${value}';`)
    .join('\n');
}

/** A session of the role's on a socket of its own machine has no TCP to keep alive. */
const OF_THE_TRANSPORT = /^tcp_/;

/** Reads what `missingSettings` compares. */
export const READ_SETTINGS = 'SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])';

/** The settings that a session lacks. @param rows what `READ_SETTINGS` returns for their names */
export function missingSettings(
  wanted: SessionSettings,
  rows: ReadonlyArray<{ readonly name: string; readonly setting: string }>,
): SessionSettings {
  const present = new Map(rows.map(({ name, setting }) => [name, setting]));
  const isMissing = ([name, value]: [string, string | number]) => {
    const setting = present.get(name) ?? '';
    // PostgreSQL appends the order of day and month.
    return name === 'DateStyle' ? !setting.startsWith(`${value}`) : setting !== String(value);
  };
  return Object.fromEntries(
    Object.entries(wanted).filter((one) => !OF_THE_TRANSPORT.test(one[0]) && isMissing(one)),
  );
}
