/** The auditor's process: checks the ledger's invariants all day, and shows what is violated. It writes nothing. */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '#platform/http/server.ts';
import { serversOf } from '#platform/http/tls.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { openIdentity } from '#platform/identity/identity.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { auditorApp } from './app.ts';
import { openAudit } from './audit.ts';
import { auditorConfig } from './config.ts';
import { LIMITS } from './invariant.ts';

const IDENTITY_TIMEOUT_MS = 5_000;
/** A slice takes a tenth of a second. */
const SLICE_TIMEOUT_MS = 10_000;
/** A whole table of a year's orders. */
const TABLE_TIMEOUT_MS = 600_000;

const rest = (ms: number, signal: AbortSignal) =>
  sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});

const config = readConfig(auditorConfig);
const name = 'auditor';
await runProcess(
  name,
  { host: config.HTTP_HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL },
  async (log) => {
    const now = () => Date.now();
    // Of the primary: a standby may learn of an ended token late.
    const identityDb = openDatabase(config.DATABASE_URL, {
      pool: 1,
      processName: name,
      plans: 'probes',
      queryTimeoutMs: IDENTITY_TIMEOUT_MS,
    });
    const tokens = openIdentity(config, { now, log, credentials: openCredentials(identityDb, now) });
    const standby = config.AUDITOR_DATABASE_URL;
    const url = standby ?? config.DATABASE_URL;
    const reads = standby === undefined ? 'snapshots' : 'any-server';
    const slices = openDatabase(url, {
      pool: 2,
      processName: name,
      plans: 'ranges',
      queryTimeoutMs: SLICE_TIMEOUT_MS,
      reads,
    });
    const tables = openDatabase(url, {
      pool: 1,
      processName: name,
      plans: 'tables',
      queryTimeoutMs: TABLE_TIMEOUT_MS,
      reads,
    });
    const cores = config.AUDITOR_SHARE * availableParallelism();
    const audit = openAudit({ slices, tables, cores, limits: LIMITS, log, now, rest });
    const readiness = async () => {
      await slices.query('SELECT 1');
      return null;
    };
    const server = serversOf(config, log)({}, auditorApp({ report: audit.report, tokens, log }, readiness));
    const closeServer = await listen(server, { port: config.HTTP_PORT, host: config.HTTP_HOST, log });
    return {
      servesHealth: true,
      readiness,
      close: [
        () => slices.close(),
        () => tables.close(),
        () => audit.close(),
        async () => tokens.close(),
        () => identityDb.close(),
        closeServer,
      ],
    };
  },
);
