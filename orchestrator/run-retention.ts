/** The retention process: drops the months that are older than configured, deletes old rows, and erases customers on request. */
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { repeat } from '#platform/process/repeat.ts';
import { databaseUrls, retentionConfig, settingsOf } from './retention/config.ts';
import { roundInterval } from './retention/metrics.ts';
import { eraseRound, retentionRound } from './retention/round.ts';

/** Taking a month off waits for everybody who might still see it; counting and exporting it takes minutes. */
const QUERY_TIMEOUT_MS = 3_600_000;

/** Runs retention; resolves once it is ready. */
export async function runRetention(): Promise<void> {
  const config = readConfig(retentionConfig);
  const name = 'retention';
  await runProcess(
    name,
    { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
    async (log) => {
      const settings = settingsOf(config);
      const { of, close: closeDatabases } = openDatabases(databaseUrls(config.DATABASE_URL), name);
      let isClosing = false;
      const now = Date.now;
      /** A round that the closing of its databases ends is no failure. */
      const keepRunning = (round: () => Promise<unknown>, everyMs: number) => {
        const work = () =>
          round().catch((error) => {
            if (!isClosing) throw error;
          });
        return repeat(work, { everyMs, log, failed: 'retention-failed' });
      };
      roundInterval.set(config.RETENTION_EVERY_MS / 1000);
      const { exportFolder } = settings;
      const mailFolder = config.MAIL_DIR ?? null;
      const rounds = [
        keepRunning(() => retentionRound({ of, settings, log, now }), config.RETENTION_EVERY_MS),
        keepRunning(() => eraseRound({ of, exportFolder, mailFolder, now }), config.ERASURES_EVERY_MS),
      ];
      return {
        readiness: async () => {
          await of('orchestrator').query('SELECT 1');
          return null;
        },
        close: [
          async () => {
            isClosing = true;
            const ended = Promise.all(rounds.map((one) => one.close()));
            // A round under way fails at its next statement, and the next process takes it up.
            await closeDatabases();
            await ended;
          },
        ],
      };
    },
  );
}

/** One pool a database. @param urls by schema */
export function openDatabases(urls: ReadonlyMap<string, string>, processName: string) {
  const pools = new Map<string, Database>();
  for (const url of new Set(urls.values()))
    pools.set(url, openDatabase(url, { pool: 5, processName, queryTimeoutMs: QUERY_TIMEOUT_MS }));
  return {
    of(schema: string): Database {
      const found = pools.get(urls.get(schema) ?? '');
      if (found === undefined) throw new Error(`there is no database of ${schema}`);
      return found;
    },
    close: async () => {
      await Promise.all([...pools.values()].map((db) => db.close()));
    },
  };
}
