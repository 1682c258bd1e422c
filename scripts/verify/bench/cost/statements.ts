/** PostgreSQL's time and log by statement, from its own extension `pg_stat_statements`. */
import pg from 'pg';
import { StackProblem } from '#scripts/run/stack/problem.ts';

/** One statement between two moments. */
export interface StatementCost {
  /** Who runs it: the first words of its text and its table. */
  readonly name: string;
  readonly calls: number;
  /** Rows, each counted once a call that read or wrote it. */
  readonly rows: number;
  /** From its begin to its end on the server, ms: waits for the disk included. */
  readonly ms: number;
  readonly walBytes: number;
}

const LIBRARY = 'pg_stat_statements';

/** Has the server load the extension at its next start. @param url any of its superuser's, whose database need not be there yet */
export async function loadAtNextStart(url: string): Promise<void> {
  const server = new URL(url);
  server.pathname = '/postgres';
  await asSuperuser(server.href, (client) =>
    client.query(`ALTER SYSTEM SET shared_preload_libraries = '${LIBRARY}'`),
  );
}

/** Counts anew from now on. @throws StackProblem when the server has not loaded the extension */
export async function resetStatements(url: string): Promise<void> {
  await asSuperuser(url, async (client) => {
    const { rows } = await client.query<{ loaded: string }>(
      `SELECT current_setting('shared_preload_libraries') AS loaded`,
    );
    if (!rows[0]?.loaded.includes(LIBRARY))
      throw new StackProblem('The PostgreSQL of this stack does not count its statements: name a new stack.');
    await client.query(`CREATE EXTENSION IF NOT EXISTS ${LIBRARY}`);
    await client.query('SELECT pg_stat_statements_reset()');
  });
}

/** What was counted since, the longest first; a month's partitions count as their table. */
export async function readStatements(url: string): Promise<StatementCost[]> {
  return asSuperuser(url, async (client) => {
    const { rows } = await client.query<Record<'query' | 'calls' | 'rows' | 'ms' | 'wal', string>>(
      `SELECT query, calls::text, rows::text, total_exec_time::text AS ms, wal_bytes::text AS wal FROM ${LIBRARY}
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const costs = new Map<string, StatementCost>();
    for (const row of rows) {
      const name = nameOf(row.query);
      const known = costs.get(name);
      costs.set(name, {
        name,
        calls: (known?.calls ?? 0) + Number(row.calls),
        rows: (known?.rows ?? 0) + Number(row.rows),
        ms: (known?.ms ?? 0) + Number(row.ms),
        walBytes: (known?.walBytes ?? 0) + Number(row.wal),
      });
    }
    return [...costs.values()].sort((a, b) => b.ms - a.ms);
  });
}

/** What a statement does, and to which table: `UPDATE orchestrator.sagas`. The first change in it counts, or else its first read. */
export function nameOf(query: string): string {
  const text = query
    .replace(/_\d{4}_\d{2}\b/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const change = /\b(INSERT INTO|UPDATE|DELETE FROM) ([a-z]+\.[a-z_]+)/.exec(text);
  if (change !== null) return `${change[1]?.split(' ')[0]} ${change[2]}`;
  const read = /\b(?:FROM|JOIN) ([a-z]+\.[a-z_]+)/.exec(text);
  return read === null ? text.slice(0, 30) : `SELECT ${read[1]}`;
}

async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
