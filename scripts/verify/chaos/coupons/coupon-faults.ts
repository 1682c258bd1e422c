/** Every fault that the coupons are put through, in the middle of a burst. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { brokerName } from '#scripts/run/stack/kafka.ts';
import { startOneService, stopService } from '#scripts/run/stack/one-service.ts';
import { placesOf, root } from '#scripts/run/stack/places.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { poll } from '#scripts/run/wait-until.ts';
import { back } from '../faults/kill.ts';
import { flushAll, killPart } from '../faults/stack.ts';
import type { CacheWatch } from './cache-watch.ts';
import { API, type CouponEnvironment, ISSUERS } from './coupon-environment.ts';

/** The target of a fault. */
export interface Midst {
  readonly environment: CouponEnvironment;
  readonly campaignId: string;
  readonly cache: Pick<CacheWatch, 'pause' | 'resume'>;
  /** Lets more requests be sent during the injection, so that the issuer has a batch in hand. */
  readonly sendMore: () => void;
}

/** Repairs a fault; resolves when the failed part is back. `flowsAgain`: requests accepted since have results. */
export type Repair = (flowsAgain: () => boolean) => Promise<void>;

export interface CouponFault {
  readonly name: string;
  /** How many processes decide meanwhile. */
  readonly issuers: 1 | 2;
  /** Runs when a quarter of the coupons is issued; the fault is injected at half of them. */
  readonly before?: (environment: CouponEnvironment) => Promise<void>;
  readonly inject: (midst: Midst) => Promise<Repair>;
}

const [ISSUER, ZOMBIE] = ISSUERS;
/** A frozen process's partitions are another's after its session, 10 s: twice that, and as long again for the machine. */
const TAKEN_OVER_WITHIN_MS = 40_000;
const BLOCKED_WITHIN_MS = 15_000;
const CHECK_EVERY_MS = 10;

const run = promisify(execFile);
const nothing: Repair = async () => {};

export const COUPON_FAULTS: readonly CouponFault[] = [
  { name: 'none', issuers: 1, inject: async () => nothing },
  {
    name: 'flush redis',
    issuers: 1,
    async inject({ environment }) {
      await flushAll(environment.system.addresses.redis);
      return nothing;
    },
  },
  { name: 'kill redis', issuers: 1, inject: ({ environment }) => killPart(environment, 'redis') },
  {
    name: 'roll back redis',
    issuers: 1,
    before: (environment) => keepCopy(environment, 'redis'),
    async inject({ environment }) {
      const start = await killPart(environment, 'redis');
      return async () => {
        await putBack(environment, 'redis');
        await start();
      };
    },
  },
  {
    name: 'kill issuer',
    issuers: 1,
    async inject({ environment }) {
      const before = environment.system.pids[ISSUER];
      environment.system.kill(ISSUER, 'SIGKILL');
      return () => back(environment, ISSUER, before);
    },
  },
  { name: 'zombie issuer', issuers: 2, inject: zombie },
  // The only broker: unacknowledged requests are sent again, unchanged, when it is back.
  { name: 'kill broker', issuers: 1, inject: ({ environment }) => killPart(environment, brokerName(1)) },
  { name: 'kill postgres', issuers: 1, inject: ({ environment }) => killPart(environment, 'postgres') },
  {
    name: 'restore postgres',
    issuers: 1,
    async before(environment) {
      await stopService(environment.stack, 'postgres');
      await keepCopy(environment, 'postgres');
      await startOneService(environment.stack, 'postgres');
    },
    inject: restorePostgres,
  },
];

/** The restore procedure of the runbook: Kafka and Redis keep their data, and are ahead of the database until it is rewound. */
async function restorePostgres({ environment, cache }: Midst): Promise<Repair> {
  const { system, stack } = environment;
  await cache.pause();
  await Promise.all([API, ISSUER].map((name) => system.end(name)));
  await stopService(stack, 'postgres');
  return async () => {
    await putBack(environment, 'postgres');
    await startOneService(stack, 'postgres');
    const environmentOfTools = {
      ...process.env,
      DATABASE_URL: system.addresses.postgres,
      KAFKA_BROKERS: system.addresses.kafka,
      GATEWAY: 'none',
    };
    const tool = (name: string, ...args: string[]) =>
      run(process.execPath, [join(root, `scripts/operate/${name}.ts`), ...args], {
        env: environmentOfTools,
        maxBuffer: 2 ** 26,
      });
    const planned = await tool('rewind', '--json', '--dry-run');
    const { planHash } = JSON.parse(planned.stdout) as { planHash: string | null };
    // Null: so little was lost that it beat no more before.
    if (planHash === null) await tool('coupons', 'renew-epoch');
    else await tool('rewind', '--plan', planHash, '--reason', 'chaos restored an older copy');
    cache.resume();
    await Promise.all([API, ISSUER].map((name) => system.restart(name)));
  };
}

/**
 * Freezes an issuer inside its transaction, while it waits for the campaign's row, until the other has taken over;
 * then it goes on with its old state.
 */
async function zombie({ environment, campaignId, sendMore }: Midst): Promise<Repair> {
  const { system, signal } = environment;
  const holder = new pg.Client({ ...connectionTo(system.addresses.postgres), application_name: 'chaos' });
  holder.on('error', () => {});
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM coupon.campaigns WHERE id = $1 FOR UPDATE', [campaignId]);
    sendMore();
    const waiting = async () =>
      (await environment.db.query<{ n: number }>(WAITING))[0]?.n === ISSUERS.length || signal.aborted;
    if (!(await poll(waiting, BLOCKED_WITHIN_MS, CHECK_EVERY_MS)))
      throw new StackProblem('the two issuers did not both come to the campaign’s row');
    system.kill(ZOMBIE, 'SIGSTOP');
    await holder.query('ROLLBACK');
  } finally {
    await holder.end();
  }
  return async (flowsAgain) => {
    const taken = await poll(() => flowsAgain() || signal.aborted, TAKEN_OVER_WITHIN_MS, CHECK_EVERY_MS);
    system.kill(ZOMBIE, 'SIGCONT');
    if (!taken)
      throw new StackProblem(
        `no results flowed within ${TAKEN_OVER_WITHIN_MS / 1000} s while one issuer was frozen`,
      );
  };
}

/** Issuers' statements that wait for a lock. */
const WAITING = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE application_name = 'coupon-issuer' AND wait_event_type = 'Lock'`;

/** Copies a part's data beside it, with its owner: PostgreSQL refuses data of another owner. */
async function keepCopy({ stack }: CouponEnvironment, part: 'redis' | 'postgres'): Promise<void> {
  const { data } = placesOf(stack);
  rmSync(join(data, `older-${part}`), { recursive: true, force: true });
  await run('cp', ['-a', join(data, part), join(data, `older-${part}`)]);
}

async function putBack({ stack }: CouponEnvironment, part: 'redis' | 'postgres'): Promise<void> {
  const { data } = placesOf(stack);
  rmSync(join(data, part), { recursive: true, force: true });
  await run('cp', ['-a', join(data, `older-${part}`), join(data, part)]);
}
