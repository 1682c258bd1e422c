/**
 * Builds a backlog behind a stopped process, lets it go on, and reads forecasts of random orders while the backlog drains. Each is judged
 * by when its order ended.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { Random } from '../../random.ts';
import { conditionsNow } from '../conditions.ts';
import { orderBodies } from '../orders/bodies.ts';
import { sendOrders } from '../orders/send-orders.ts';
import { newRecord, startClock } from '../run-record.ts';
import { schedule } from '../schedule.ts';
import { onTarget, type Target } from '../target.ts';
import { type DrainReport, type JudgedSample, judgeSamples, type Sample } from './drain-report.ts';

export interface DrainOptions {
  readonly orders: number;
  /** The process that stops. */
  readonly stop: string;
  /** Orders a second while it stands still. */
  readonly rate: number;
  /** Forecasts read a second. */
  readonly perSecond: number;
  readonly stack: string;
  readonly print: (line: string) => void;
}

/** The orders that the system handles before the backlog, so that it is known how long they usually take. */
const WARM = { orders: 100, rate: 20, restMs: 65_000 };
const DRAINED_WITHIN_MS = 3_600_000;
/** Which orders forecasts are read of, and the run's keys: another choice each time. */
const random = new Random(Date.now());
/** Intake must not refuse what waits for the stopped engine. */
const ENVIRONMENT = { INTAKE_OLDEST_MS: String(DRAINED_WITHIN_MS) };

export function runDrain(options: DrainOptions): Promise<DrainReport> {
  const { stack, print } = options;
  return onTarget({ stack, gateway: undefined, environment: ENVIRONMENT, print }, async (target) => {
    const db = openDatabase(target.databaseUrl, { pool: 2, processName: 'bench', plans: 'probes' });
    try {
      return await drain(options, target, db);
    } finally {
      await db.close();
    }
  });
}

async function drain(options: DrainOptions, target: Target, db: Database): Promise<DrainReport> {
  const { orders, stop, rate, print } = options;
  const pids = await target.pids();
  const pid = pids[stop];
  if (pid === undefined) throw new StackProblem(`There is no process ${stop}.`);
  print(`${WARM.orders} orders first, and a minute in which the API measures how long they took`);
  await place(target, WARM.orders, WARM.rate);
  await sleep(WARM.restMs);
  print(`${stop} stands still, and ${orders} orders come`);
  process.kill(pid, 'SIGSTOP');
  let ids: readonly string[];
  try {
    ids = await place(target, orders, rate);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  print(`${stop} goes on`);
  const startedAt = Date.now();
  const samples = await sampled(options, target, db, ids);
  const drainedMs = Date.now() - startedAt;
  const judged = await withEnds(db, samples);
  return {
    conditions: conditionsNow(pids),
    orders,
    stopped: stop,
    drainedMs,
    ...judgeSamples(judged),
    samples: judged,
  };
}

/** Places orders at a rate. @returns the ids of those accepted. @throws when one was not */
async function place(target: Target, count: number, rate: number): Promise<string[]> {
  const plan = schedule({ rate, count, warmupMs: 0 });
  const [record, clock, bodyOf] = [newRecord(plan.total), startClock(), orderBodies()];
  const ids: string[] = [];
  const run = random.below(2 ** 40).toString(36);
  await sendOrders({
    ...{ apiUrl: target.apiUrl, token: target.token, plan, record, clock },
    bodyOf: (order) => bodyOf(order, 'good'),
    keyOf: (order) => `drain-${run}-${order}`,
    onAccepted: (_, id) => void ids.push(id),
  });
  if (ids.length < count)
    throw new StackProblem(`${count - ids.length} of ${count} orders were not accepted.`);
  return ids;
}

/** Reads forecasts until every order has ended. */
async function sampled(
  { perSecond, stack, print }: DrainOptions,
  target: Target,
  db: Database,
  ids: readonly string[],
): Promise<Sample[]> {
  const authorization = `Bearer ${await tokenFor(roleHolder('viewer'), stack)}`;
  const samples: Sample[] = [];
  const giveUpAt = Date.now() + DRAINED_WITHIN_MS;
  // Ids begin with the time: others may have been left by earlier runs.
  const [oldest = ''] = ids.toSorted();
  let isOver = false;
  let nextCountAt = 0;
  while (!isOver) {
    if (Date.now() > giveUpAt) throw new StackProblem('The backlog has not drained within an hour.');
    const sagaId = ids[random.below(ids.length)] ?? '';
    const answer = await fetch(`${target.apiUrl}/v1/sagas/${sagaId}/why`, { headers: { authorization } });
    if (answer.ok) samples.push(...sampleOf(sagaId, (await answer.json()) as Answer));
    await sleep(1000 / perSecond);
    if (Date.now() < nextCountAt) continue;
    nextCountAt = Date.now() + 2_000;
    const left = await activeOf(db, oldest);
    print(`${left} to go`);
    isOver = left === 0;
  }
  return samples;
}

interface Answer {
  readonly at: string;
  readonly cause: { readonly code: string };
  readonly forecast: { readonly from: string; readonly to: string } | { readonly unknown: string } | null;
}

/** None of an order that has ended. */
function sampleOf(sagaId: string, { at, cause, forecast }: Answer): Sample[] {
  if (forecast === null) return [];
  const common = { sagaId, at: Date.parse(at), cause: cause.code };
  if ('unknown' in forecast) return [{ ...common, interval: null, unknown: forecast.unknown }];
  return [{ ...common, interval: { from: Date.parse(forecast.from), to: Date.parse(forecast.to) } }];
}

async function activeOf(db: Database, oldest: string): Promise<number> {
  const [found] = await db.query<{ active: number }>(
    'SELECT count(*)::int AS active FROM orchestrator.sagas WHERE due_at IS NOT NULL AND id >= $1::uuid',
    oldest,
  );
  return found?.active ?? 0;
}

/** The samples with when their orders ended. */
async function withEnds(db: Database, samples: readonly Sample[]): Promise<JudgedSample[]> {
  const ids = [...new Set(samples.map(({ sagaId }) => sagaId))];
  const rows = await db.query<{ id: string; endedAt: Date | null }>(
    'SELECT id::text, ended_at AS "endedAt" FROM orchestrator.sagas WHERE id = ANY ($1::uuid[])',
    ids,
  );
  const ended = new Map(rows.map(({ id, endedAt }) => [id, endedAt?.getTime()]));
  return samples.map((sample) => ({
    ...sample,
    endedAt: ended.get(sample.sagaId) ?? Number.POSITIVE_INFINITY,
  }));
}
