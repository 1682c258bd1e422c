/** Queries of a run on the database and the brokers: orders under way, double effects, repeated commands. */
import pg from 'pg';
import { CONTRACTS } from '#participants/registry.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { openOffsetReader } from '#platform/kafka/offsets.ts';
import { silent } from '#platform/process/log.ts';

const COMMAND_CHANNELS = CONTRACTS.map(({ channel }) => channel);
const BROKERS_ANSWER_WITHIN_MS = 15_000;
const DATABASE_ANSWERS_WITHIN_MS = 3_000;

const DOUBLED = `
  SELECT saga_id::text AS id FROM payment.intents WHERE outcome = 'charged' AND undone_at IS NULL
   GROUP BY saga_id HAVING count(*) > 1
  UNION SELECT saga_id::text FROM inventory.reservations WHERE state <> 'released'
   GROUP BY saga_id HAVING count(*) > 1
  UNION SELECT saga_id::text FROM shipping.shipments WHERE state <> 'cancelled'
   GROUP BY saga_id HAVING count(*) > 1
  UNION SELECT order_id::text FROM notification.mails GROUP BY order_id HAVING count(*) > 1`;

export interface DatabaseChecks {
  /** How many orders accepted before an instant (ms since 1970) have not ended. Undefined: the database does not answer. */
  movingBefore(ms: number): Promise<number | undefined>;
  /** Orders with an effect that was done twice and not undone. */
  doubled(): Promise<string[]>;
  /** Orders with a stuck saga. */
  stuck(): Promise<string[]>;
  /** How many commands the topics hold beyond one of each. */
  repeatedCommands(brokers: string): Promise<number>;
  close(): Promise<void>;
}

/** Reconnects for a query when the last connection broke. */
export function openDatabaseChecks(databaseUrl: string): DatabaseChecks {
  const pool = new pg.Pool({
    ...connectionTo(databaseUrl),
    max: 1,
    connectionTimeoutMillis: DATABASE_ANSWERS_WITHIN_MS,
    application_name: 'chaos',
  });
  pool.on('error', () => {});
  const ids = async (text: string) => (await pool.query<{ id: string }>(text)).rows.map(({ id }) => id);
  return {
    async movingBefore(ms) {
      const found = await pool
        .query<{ n: number }>(
          `SELECT count(*)::int AS n FROM orchestrator.sagas
            WHERE status IN ('running', 'compensating') AND due_at IS NOT NULL AND created_at < $1`,
          [new Date(ms)],
        )
        .catch(() => undefined);
      return found?.rows[0]?.n;
    },
    doubled: () => ids(DOUBLED),
    stuck: () => ids('SELECT id::text FROM orchestrator.sagas WHERE stuck IS NOT NULL'),
    async repeatedCommands(brokers) {
      const { rows } = await pool.query<{ n: number }>(
        `SELECT COALESCE(sum(n.value::int), 0)::int AS n
           FROM orchestrator.sagas s, json_each_text(s.pending -> 'issued') n`,
      );
      return (await countRecords(brokers, COMMAND_CHANNELS)) - (rows[0]?.n ?? 0);
    },
    close: () => pool.end(),
  };
}

/** How many records some topics hold, by their offsets. */
async function countRecords(brokers: string, topics: readonly string[]): Promise<number> {
  const reader = await openOffsetReader({ brokers, clientId: 'chaos', log: silent });
  try {
    const partitions = await reader.partitionsOf(topics, BROKERS_ANSWER_WITHIN_MS);
    const sumOf = async (edge: 'start' | 'end') =>
      (await reader.logOffsets(edge, partitions, BROKERS_ANSWER_WITHIN_MS)).reduce(
        (sum, { offset }) => sum + offset,
        0,
      );
    return (await sumOf('end')) - (await sumOf('start'));
  } finally {
    await reader.close();
  }
}
