/** Data that is kept for too long, and keys of callers that cannot be read. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { ROUND_LOCK } from '#orchestrator/retention/round.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions, monthStart } from '#platform/postgres/month-partitions.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { multiplyOrder } from '#scripts/verify/ledger/many-orders.ts';
import type { Drill } from '../drill.ts';

/** Older than the two months that the drills' system keeps. */
const OLD = -4;
/** Until the orders under way have ended: the copy of an order counts the stock anew. */
const QUIET_MS = 5_000;

export const KEEPING: readonly Drill[] = [
  {
    name: 'a round of retention hangs somewhere and keeps its lock',
    alerts: [{ alert: 'RetentionLate' }],
    firesWithinS: 480,
    resolvesWithinS: 90,
    async make({ system }) {
      const hanging = new pg.Client({ connectionString: system.addresses.postgres });
      hanging.on('error', () => {});
      await hanging.connect();
      await hanging.query('SELECT pg_advisory_lock($1)', [ROUND_LOCK]);
      return () => hanging.end();
    },
  },
  {
    name: 'an order of an old month has an incident that nobody ends',
    alerts: [{ alert: 'RetentionHeld', labels: { kind: 'orders' } }],
    firesWithinS: 420,
    resolvesWithinS: 120,
    async make({ place, until, sql, system, setRate }) {
      const { postgres } = system.addresses;
      const [orderId = ''] = await place(1);
      await until([orderId], ['completed']);
      const [month, end] = [monthStart(Date.now(), OLD), monthStart(Date.now(), OLD + 1)];
      const db = openDatabase(postgres, { pool: 1, processName: 'drills' });
      await ensurePartitions(db, [...PARTITIONED, ...PARTICIPANT_TABLES], month.getTime(), [0]);
      await db.close();
      setRate(0.1);
      await pause(QUIET_MS);
      await multiplyOrder(postgres, orderId, 1, end);
      setRate(5);
      const dueAt = (value: string) =>
        sql.query(`UPDATE orchestrator.sagas SET due_at = ${value} WHERE id >= $1::uuid AND id < $2::uuid`, [
          uuidv7Floor(month.getTime()),
          uuidv7Floor(end.getTime()),
        ]);
      await dueAt(`now() + interval '1 year'`);
      return async () => {
        await dueAt('NULL');
      };
    },
  },
  {
    name: 'the API starts while the identity provider is away',
    alerts: [
      { alert: 'IdentityKeysOld', labels: { job: 'api', severity: 'critical' } },
      { alert: 'IdentityKeysOld', labels: { job: 'api', severity: 'warning' } },
    ],
    firesWithinS: 120,
    resolvesWithinS: 60,
    async make({ provider, system }) {
      await provider.stop();
      await system.restart('api');
      return provider.start;
    },
  },
];
