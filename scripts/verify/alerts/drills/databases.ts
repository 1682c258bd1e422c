/** Redis that hangs, and PostgreSQL that is away, slow or crowded. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { signalService, startOneService, stopService } from '#scripts/run/stack/one-service.ts';
import type { Drill } from '../drill.ts';

/** Below the statements' own time limit, so that they are slow and do not fail. */
const LOCKED_MS = 2_000;
const FREE_MS = 150;
/** Of PostgreSQL's 200, beside the system's own. */
const CROWD = 130;

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
    async make({ system, setRate }) {
      setRate(15);
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
      return async () => {
        isOver = true;
        await locking.catch(() => {});
        await locker.end();
        setRate(5);
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
