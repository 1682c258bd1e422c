/** Sends the orders of a run, reads the CPU at both ends of its window, and waits for the last order's end. */
import { uuidv7Floor } from '#protocol/ids.ts';
import { poll } from '#scripts/run/wait-until.ts';
import { type CpuReadings, type Observed, readCpuAt } from '../cpu-cost.ts';
import { noteInto } from '../recorder.ts';
import { newRecord, type RunClock, type RunRecord, startClock } from '../run-record.ts';
import type { Schedule } from '../schedule.ts';
import type { Target } from '../target.ts';
import type { orderBodies } from './bodies.ts';
import { watchCompletions } from './completions.ts';
import { kindOf, type Mix } from './mix.ts';
import type { OrderChecks } from './order-checks.ts';
import type { Ending } from './outcomes.ts';
import { sendOrders } from './send-orders.ts';

/** Bounds for the last orders' ends, and for their events and e-mails. */
const DRAIN_WITHIN_MS = 120_000;
const EVENTS_WITHIN_MS = 10_000;
const MAILS_WITHIN_MS = 60_000;
const CHECK_EVERY_MS = 250;

/** The observations of a run. */
export interface Measured {
  readonly record: RunRecord;
  readonly endings: ReadonlyMap<string, Ending>;
  readonly mails: number;
  readonly cpu: CpuReadings;
  /** The missing ends, events and e-mails, as text. */
  readonly missing: readonly string[];
}

/** What is sent. */
export interface Orders {
  readonly mix: Mix;
  readonly bodyOf: ReturnType<typeof orderBodies>;
  /** What else begins and ends with the window. */
  readonly window?: Observed;
}

/**
 * Runs the plan.
 * @param pids whose CPU is read, by name
 * @throws when the API leaves too many orders unanswered
 */
export async function measure(
  target: Target,
  plan: Schedule,
  { mix, bodyOf, window }: Orders,
  pids: Readonly<Record<string, number>>,
  checks: OrderChecks,
): Promise<Measured> {
  const run = `bench-${Date.now().toString(36)}`;
  const keyOf = (order: number) => `${run}-${order}`;
  const record = newRecord(plan.total);
  let onCompleted = (_: string) => {};
  const completions = await watchCompletions(target, run, (id) => onCompleted(id));
  try {
    const clock = startClock();
    const noting = noteInto(record, clock);
    onCompleted = noting.ended;
    const readings = readCpuAt(plan, clock, pids, window);
    await sendOrders({
      ...target,
      plan,
      record,
      clock,
      bodyOf: (order) => bodyOf(order, kindOf(mix, order)),
      keyOf,
      onAccepted: noting.accepted,
    });
    const cpu = await readings;
    const lost = [...record.statuses.keys()].filter((order) => record.statuses[order] === 0);
    for (const [order, id] of await checks.findLost(lost, keyOf)) noting.accepted(order, id);
    return { record, cpu, ...(await drain(record, clock, checks)) };
  } finally {
    await completions.close();
  }
}

/** Waits for the ends, the events and the e-mails, each with a bound, and lists the missing ones. */
export async function drain(
  record: RunRecord,
  clock: Pick<RunClock, 'startedAt'>,
  checks: OrderChecks,
): Promise<Pick<Measured, 'endings' | 'mails' | 'missing'>> {
  const missing: string[] = [];
  const complain = (count: number, what: string) => {
    if (count > 0) missing.push(`${count} ${what}`);
  };
  const first = uuidv7Floor(Math.floor(clock.startedAt));
  const ids = record.ids.filter((id) => id !== undefined);
  await poll(async () => (await checks.moving(first)) === 0, DRAIN_WITHIN_MS, CHECK_EVERY_MS);
  const endings = await checks.endings(ids);
  complain(ids.filter((id) => !endings.has(id)).length, 'accepted orders have no saga');
  const moving = [...endings.values()].filter(({ endedAt }) => endedAt === null).length;
  complain(moving, `orders have not ended within ${DRAIN_WITHIN_MS / 1000} s`);

  for (const [order, id] of record.ids.entries()) {
    const ending = id === undefined ? undefined : endings.get(id);
    if (ending?.status !== 'failed' || ending.endedAt === null) continue;
    record.endedAt[order] = ending.endedAt.getTime() - clock.startedAt;
  }
  const unseen = () =>
    [...record.ids.entries()].filter(
      ([n, id]) =>
        id !== undefined && endings.get(id)?.status === 'completed' && Number.isNaN(record.endedAt[n]),
    ).length;
  await poll(() => unseen() === 0, EVENTS_WITHIN_MS, CHECK_EVERY_MS);
  complain(unseen(), 'orders are completed, and no order-completed was read of them');

  const enough = async () => (await checks.mails(first)) >= ids.length - moving;
  await poll(enough, MAILS_WITHIN_MS, CHECK_EVERY_MS);
  return { endings, mails: await checks.mails(first), missing };
}
