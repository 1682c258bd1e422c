/** For tests of retention: a database of their own, the folder of its exports, and rounds on it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { silent } from '#platform/process/log.ts';
import { freshDatabase } from '#scripts/run/stack/fresh-database.ts';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { verifyLedger } from '#scripts/verify/ledger/verify.ts';
import type { RetentionSettings } from '../config.ts';
import { retentionRound } from '../round.ts';

/** The present time of a test's rounds. */
export const NOW = Date.now();
export const KEPT: RetentionSettings['months'] = {
  orders: 13,
  movements: 13,
  coupons: 13,
  'dead-letters': 2,
};

/** Opens a migrated, empty database. */
export async function openRetained() {
  const database = await freshDatabase((await stackUp({ name: defaultStack() })).postgres);
  const db = openDatabase(database.url, { pool: 6, processName: 'retention' });
  const exportFolder = mkdtempSync(join(tmpdir(), 'export-'));
  return {
    url: database.url,
    db,
    exportFolder,
    /** Runs a round. @param on the database of each schema */
    round: (months = KEPT, on: () => Database = () => db) =>
      retentionRound({ of: on, settings: { months, exportFolder }, log: silent, now: () => NOW }),
    /** The rules of the ledger that are violated. */
    violations: async () =>
      (await verifyLedger({ databaseUrl: database.url })).filter((one) => one.violations > 0),
    async close() {
      rmSync(exportFolder, { recursive: true, force: true });
      await db.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

export type Retained = Awaited<ReturnType<typeof openRetained>>;
