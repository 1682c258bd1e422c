/** SIGSTOP and SIGCONT: a process that others take for dead, and that goes on without noticing. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { poll } from '#scripts/run/wait-until.ts';
import type { Fault } from '../fault.ts';

const READING_WITHIN_MS = 2_000;
const CHECK_EVERY_MS = 5;

/** An engine's read of a batch's sagas that waits for the lock, by the name under which the engine connects. */
const READING = `
  SELECT 1 FROM pg_stat_activity
   WHERE application_name = $1 AND wait_event_type = 'Lock' AND query LIKE 'SELECT %FROM orchestrator.sagas s WHERE s.id = ANY%'`;

/**
 * Freezes an engine for longer than its session, in the middle of a batch: between reading sagas and writing them.
 * Another takes over, and the zombie goes on with its old rows.
 */
export function zombieEngine(seconds: number, engines: readonly string[]): Fault {
  return {
    name: `pause engine ${seconds} s`,
    holdMs: seconds * 1000,
    recoversFrom: 'beginning',
    noticed: null,
    stops: ['engine'],
    async inject({ system, databaseUrl }, nth) {
      const name = engines[nth % engines.length] as string;
      await whileReading(databaseUrl, name, () => system.kill(name, 'SIGSTOP'));
      return async () => system.kill(name, 'SIGCONT');
    },
  };
}

/** Freezes a process that has no peer: everything waits for it. */
export function pausing(name: string, seconds: number): Fault {
  return {
    name: `pause ${name} ${seconds} s`,
    holdMs: seconds * 1000,
    recoversFrom: 'end',
    noticed: null,
    stops: [name],
    async inject({ system }) {
      system.kill(name, 'SIGSTOP');
      return async () => system.kill(name, 'SIGCONT');
    },
  };
}

/** Calls `stop` while the engine waits for the sagas of a batch, or after two seconds in which it did not. */
async function whileReading(databaseUrl: string, engine: string, stop: () => void): Promise<void> {
  const open = async () => {
    const client = new pg.Client({ ...connectionTo(databaseUrl), application_name: 'chaos' });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const holder = await open();
  const observer = await open();
  const isReading = async () => (await observer.query(READING, [engine])).rowCount;
  try {
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE orchestrator.sagas IN ACCESS EXCLUSIVE MODE');
    await poll(isReading, READING_WITHIN_MS, CHECK_EVERY_MS);
    stop();
    await holder.query('ROLLBACK');
  } finally {
    await Promise.all([holder.end(), observer.end()]);
  }
}
