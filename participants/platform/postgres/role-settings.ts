/** Checks the settings of a session that a pooler opens: without them plans and time limits would be others, in silence. */
import type pg from 'pg';
import { RetryableError } from '#protocol/errors.ts';
import { missingSettings, READ_SETTINGS, roleStatements, type SessionSettings } from './session-settings.ts';

/** The pool's own limit of a connection's beginning ends before this. */
const ANSWER_WITHIN_MS = 5_000;

/** @throws RetryableError `database-unavailable` with the statements that give the role what it lacks */
export async function requireSettings(client: pg.ClientBase, settings: SessionSettings): Promise<void> {
  const { connection, user } = client as unknown as Session;
  // A session that never answers would keep its place in the pool.
  const timer = setTimeout(() => connection.stream.destroy(), ANSWER_WITHIN_MS);
  const { rows } = await client
    .query<{ name: string; setting: string }>(READ_SETTINGS, [Object.keys(settings)])
    .finally(() => clearTimeout(timer));
  const missing = missingSettings(settings, rows);
  if (Object.keys(missing).length === 0) return;
  const statements = roleStatements(user, missing).replaceAll('\n', ' ');
  throw new RetryableError(
    'database-unavailable',
    `configuration: DATABASE_SESSIONS is role, and sessions lack settings: run this, and let the pooler reconnect: ${statements}`,
  );
}

/** What the driver's types lack. */
interface Session {
  readonly connection: { readonly stream: { destroy(): void } };
  readonly user: string;
}
