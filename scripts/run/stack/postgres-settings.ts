/** Changes a running PostgreSQL's settings. */
import { waitUntil } from '../wait-until.ts';

const WITHIN_MS = 30_000;

/**
 * Sets, and waits until every session has it: a reload only signals the server, which on a busy machine passes the signal
 * on later. The server signals all its sessions before it accepts the next connection, so one that shows the value proves it.
 * @param query runs a statement on a new connection, and resolves to the value `it` of its row
 */
export async function changeSetting(
  query: (statement: string) => Promise<unknown>,
  name: string,
  value: string,
): Promise<void> {
  await query(`ALTER SYSTEM SET ${name} = '${value}'`);
  await query('SELECT pg_reload_conf() AS it');
  const present = () => query(`SELECT current_setting('${name}') AS it`);
  await waitUntil(present, (it) => it === value, { withinMs: WITHIN_MS, what: `${name} = ${value}` });
}
