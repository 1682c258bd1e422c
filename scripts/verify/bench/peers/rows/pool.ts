/** A pool of connections that runs each statement by itself, prepared. */
import pg from 'pg';
import type { Run } from './steps.ts';

/** Connections of the pool. */
export interface StatementPool {
  readonly run: Run;
  readonly pool: pg.Pool;
}

/** Opens it. @param max connections */
export function openStatementPool(connectionString: string, max: number): StatementPool {
  const pool = new pg.Pool({ connectionString, max, application_name: 'peer' });
  // The next query reports a broken connection; without a listener the event would end the process.
  pool.on('error', () => {});
  return {
    pool,
    run: async (statement, values) => {
      await pool.query({ ...statement, values: [...values] });
    },
  };
}
