/** Redis that hangs or is full, and PostgreSQL that is away, slow, crowded or without room for the next month. */

import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { SHIPPING_TABLES } from '#participants/shipping/tables.ts';
import { redisOptionsAt } from '#platform/connections/redis-settings.ts';
import { monthStart, partitionName } from '#platform/postgres/month-partitions.ts';
import { partitionedIn } from '#platform/postgres/tables.ts';
import { signalService, startOneService, stopService } from '#scripts/run/stack/one-service.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import type { Drill } from '../drill.ts';

/** Below the statements' own time limit, so that they are slow and do not fail. */
const LOCKED_MS = 2_000;
const FREE_MS = 150;
/** More than a pool has connections. */
const RELOADING = 16;
/** Of PostgreSQL's 200, beside the system's own. */
const CROWD = 130;
/** Of what Redis may use. */
const FILLED = 0.85;
const MB = 1024 * 1024;
const WEEK_MS = 7 * 86_400_000;
/** Months for which processes make partitions ahead. */
const AHEAD = [1, 2];

async function usedShare(redis: Redis): Promise<number> {
  const text = await redis.info('memory');
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1]);
  return figure('used_memory') / figure('maxmemory');
}

export const DATABASES: readonly Drill[] = [
  {
    name: 'Redis hangs',
    alerts: [{ alert: 'RedisDown' }],
    firesWithinS: 120,
    resolvesWithinS: 60,
    async make({ stack }) {
      await signalService(stack, 'redis', 'SIGSTOP');
      return () => signalService(stack, 'redis', 'SIGCONT');
    },
  },
  {
    name: `somebody else fills ${FILLED * 100} % of Redis`,
    alerts: [{ alert: 'RedisFull' }],
    firesWithinS: 420,
    resolvesWithinS: 60,
    async make({ system }) {
      const redis = new Redis({ ...redisOptionsAt(system.addresses.redis), maxRetriesPerRequest: 1 });
      const keys: string[] = [];
      while ((await usedShare(redis)) < FILLED) {
        const key = `somebody-elses:${keys.length}`;
        keys.push(key);
        await redis.set(key, Buffer.alloc(MB, 1));
      }
      return async () => {
        await redis.del(...keys);
        redis.disconnect();
      };
    },
  },
  {
    name: 'shipping may create no tables, and its partitions for the coming months are gone',
    alerts: [{ alert: 'PartitionsRunOut' }],
    firesWithinS: 420,
    resolvesWithinS: 60,
    async make({ sql, system }) {
      const now = Date.now();
      if (monthStart(now, 1).getTime() - now > WEEK_MS)
        throw new Error(
          'it can be made in the last week of a month only: this month’s partitions last longer',
        );
      const restart = () => system.kill('shipping', 'SIGKILL');
      await sql.query(
        `CREATE FUNCTION public.refuse_tables() RETURNS event_trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE 'no tables today' USING ERRCODE = '42501'; END $$;
         CREATE EVENT TRIGGER drill ON ddl_command_start WHEN TAG IN ('CREATE TABLE')
           EXECUTE FUNCTION public.refuse_tables()`,
      );
      for (const offset of AHEAD)
        for (const table of partitionedIn(SHIPPING_TABLES))
          await sql.query(`DROP TABLE IF EXISTS ${partitionName(table, monthStart(now, offset))}`);
      restart();
      return async () => {
        await sql.query('DROP EVENT TRIGGER drill; DROP FUNCTION public.refuse_tables()');
        restart();
      };
    },
  },
  {
    name: `${CROWD} more connections to PostgreSQL`,
    alerts: [{ alert: 'PostgresConnectionsHigh' }],
    firesWithinS: 150,
    resolvesWithinS: 60,
    async make({ system }) {
      const clients: pg.Client[] = [];
      for (let i = 0; i < CROWD; i++) {
        const client = new pg.Client({ connectionString: system.addresses.postgres });
        client.on('error', () => {});
        clients.push(client);
        await client.connect().catch(() => {});
      }
      return async () => {
        await Promise.all(clients.map((client) => client.end().catch(() => {})));
      };
    },
  },
  {
    name: 'somebody locks the orders again and again',
    alerts: [
      { alert: 'ResponsesSlow', labels: { job: 'api' } },
      { alert: 'DatabasePoolExhausted', labels: { job: 'api' } },
    ],
    firesWithinS: 300,
    resolvesWithinS: 420,
    async make({ stack, system, setRate }) {
      setRate(15);
      const token = await tokenFor(roleHolder('operator'), stack);
      const locker = new pg.Client({ connectionString: system.addresses.postgres });
      locker.on('error', () => {});
      await locker.connect();
      let isOver = false;
      const locking = (async () => {
        while (!isOver) {
          await locker.query('BEGIN');
          await locker.query('LOCK TABLE orchestrator.orders, orchestrator.sagas IN ACCESS EXCLUSIVE MODE');
          await pause(LOCKED_MS);
          await locker.query('ROLLBACK');
          await pause(FREE_MS);
        }
      })();
      // Orders alone are few groups at a time; people who reload a list that does not come take the other connections.
      const reloading = Array.from({ length: RELOADING }, async () => {
        while (!isOver) {
          const headers = { authorization: `Bearer ${token}` };
          await fetch(`${system.urls['api']}/v1/sagas`, { headers })
            .then((answer) => answer.text())
            .catch(() => {});
          await pause(FREE_MS);
        }
      });
      return async () => {
        isOver = true;
        await locking.catch(() => {});
        await Promise.all(reloading);
        await locker.end();
        setRate(5);
      };
    },
  },
  {
    name: 'the database goes back, as a restore would take it',
    alerts: [{ alert: 'DatabaseOlderThanLogs', labels: { job: 'engine' } }],
    firesWithinS: 120,
    resolvesWithinS: 120,
    async make({ sql }) {
      await sql.query('UPDATE continuity.beats SET beat = beat - 1000');
      return async () => {
        await sql.query('UPDATE continuity.beats SET beat = beat + 2000');
      };
    },
  },
  {
    name: 'PostgreSQL is stopped',
    alerts: [
      { alert: 'PostgresDown' },
      { alert: 'HttpErrors', labels: { job: 'api' } },
      { alert: 'ErrorBudgetBurn', labels: { slo: 'orders-accepted' } },
    ],
    firesWithinS: 150,
    resolvesWithinS: 3_900,
    async make({ stack }) {
      await stopService(stack, 'postgres');
      return () => startOneService(stack, 'postgres');
    },
  },
];
