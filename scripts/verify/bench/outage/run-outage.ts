/**
 * One run through an outage of the payment gateway: orders at a fixed rate before, during and after it, with or without a person
 * who holds the charge by a brake and releases it at a rate.
 */
import { controlOf } from '#participants/payment/testing/simulator.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { verifyLedger } from '#scripts/verify/ledger/verify.ts';
import { type Conditions, conditionsNow } from '../conditions.ts';
import { orderBodies } from '../orders/bodies.ts';
import { watchCompletions } from '../orders/completions.ts';
import { drain } from '../orders/measure-orders.ts';
import { openOrderChecks } from '../orders/order-checks.ts';
import { endingOf } from '../orders/outcomes.ts';
import { sendOrders } from '../orders/send-orders.ts';
import { noteInto } from '../recorder.ts';
import { newRecord, type RunClock, startClock } from '../run-record.ts';
import { schedule } from '../schedule.ts';
import { onTarget, type Target } from '../target.ts';
import { type CallCount, type OutageFigures, outageFigures } from './outage-figures.ts';

/** What happens when, in seconds. */
export interface OutageOptions {
  /** Orders a second. */
  readonly rate: number;
  readonly before: number;
  readonly outage: number;
  readonly after: number;
  /** The brake: so long after the outage began; released so long after it ended. */
  readonly brakeAfter: number;
  readonly releaseAfter: number;
  /** Sagas that the release lets go on a second. */
  readonly perSecond: number;
  /** The calls a second that payment keeps to, as a gateway account's limit; without it as many as it can. */
  readonly gatewayRate?: number;
  readonly print: (line: string) => void;
}

/** One run. */
export interface OutageRun extends OutageFigures {
  readonly braked: boolean;
  /** Sagas that the brake held when it was released; null without one. */
  readonly held: number | null;
  /** What is held, by what the release gains on the orders that come: the soonest end there can be. */
  readonly bareDrainSeconds: number | null;
  /** How the accepted orders ended, with how many of each. */
  readonly ends: Readonly<Record<string, number>>;
  readonly notAccepted: number;
  /** What is missing or does not hold. */
  readonly refused: readonly string[];
  readonly conditions: Conditions;
}

const HELD = 'payment.charge';
const KEY = 'sk_test_local';
const COUNT_EVERY_MS = 1_000;

/** Runs on a system of its own. @throws StackProblem when one runs on the stack */
export function runOutage(stack: string, braked: boolean, options: OutageOptions): Promise<OutageRun> {
  const { print, gatewayRate } = options;
  const environment = { ...(gatewayRate !== undefined && { GATEWAY_RATE_PER_SECOND: String(gatewayRate) }) };
  return onTarget({ stack, gateway: 'simulator', environment, print }, (target) =>
    runThrough(target, stack, braked, options),
  );
}

async function runThrough(
  target: Target,
  stack: string,
  braked: boolean,
  options: OutageOptions,
): Promise<OutageRun> {
  const { rate, before, outage, after, print } = options;
  const conditions = conditionsNow(await target.pids());
  const plan = schedule({ rate, count: Math.round(rate * (before + outage + after)), warmupMs: 0 });
  const course = { outageAtMs: before * 1000, backAtMs: (before + outage) * 1000, endMs: plan.toMs };
  const run = `outage-${Date.now().toString(36)}`;
  const keyOf = (order: number) => `${run}-${order}`;
  const record = newRecord(plan.total);
  const checks = await openOrderChecks(target.databaseUrl);
  let onCompleted = (_: string) => {};
  const completions = await watchCompletions(target, run, (id) => onCompleted(id));
  try {
    const clock = startClock();
    const noting = noteInto(record, clock);
    onCompleted = noting.ended;
    const calls = countCalls(target, clock);
    const bodyOf = orderBodies();
    const [held] = await Promise.all([
      happen(target, stack, braked, clock, options),
      sendOrders({
        ...target,
        ...{ plan, record, clock, keyOf },
        bodyOf: (order) => bodyOf(order, 'good'),
        onAccepted: noting.accepted,
      }),
    ]);
    const counts = await calls.stop();
    const lost = [...record.statuses.keys()].filter((order) => record.statuses[order] === 0);
    for (const [order, id] of await checks.findLost(lost, keyOf)) noting.accepted(order, id);
    print('all sent; waiting for the ends, then checking the ledger');
    const { endings, missing } = await drain(record, clock, checks);
    const ledger = await verifyLedger({ ...target, gatewayKey: KEY, limits: { mailMs: 0, clockMs: 0 } });
    const ids = record.ids.filter((id) => id !== undefined);
    return {
      ...outageFigures(course, record, plan.dueAt, counts),
      ...{ braked, held, conditions },
      bareDrainSeconds: held === null ? null : Math.round(held / (options.perSecond - rate)),
      ends: countedBy(ids.map((id) => endingOf(endings.get(id)))),
      notAccepted: plan.total - ids.length,
      refused: [
        ...missing,
        ...ledger.flatMap(({ name, violations }) => (violations > 0 ? [`${name}: ${violations}`] : [])),
      ],
    };
  } finally {
    await completions.close();
    await checks.close();
  }
}

/** Breaks the gateway and mends it, with a person at the brake. @returns what the brake held when it was released */
async function happen(
  { apiUrl, gatewayUrl = '' }: Target,
  stack: string,
  braked: boolean,
  clock: RunClock,
  { before, outage, brakeAfter, releaseAfter, perSecond, print }: OutageOptions,
): Promise<number | null> {
  const gateway = controlOf(gatewayUrl, KEY);
  const token = await tokenFor(roleHolder('operator'), stack);
  const post = async <T>(path: string, body: object): Promise<T> => {
    const answer = await fetch(apiUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  await until(clock, before);
  await gateway.behave({ outage: 'refuse' });
  print(`${before} s: the gateway refuses every connection`);
  let brakeId: string | null = null;
  if (braked) {
    await until(clock, before + brakeAfter);
    ({ brakeId } = await post<{ brakeId: string }>('/v1/brakes', {
      ...{ holds: HELD, reason: 'the gateway is down' },
    }));
    print(`${before + brakeAfter} s: ${HELD} is held`);
  }
  await until(clock, before + outage);
  await gateway.behave({});
  print(`${before + outage} s: the gateway is back`);
  if (brakeId === null) return null;
  await until(clock, before + outage + releaseAfter);
  const path = `/v1/brakes/${brakeId}/release`;
  const request = { perSecond, reason: 'the gateway is back' };
  const { held } = await post<{ held: { sagas: number } }>(path, { ...request, dryRun: true });
  await post(path, request);
  print(
    `${before + outage + releaseAfter} s: ${held.sagas} held sagas are released at ${perSecond} a second`,
  );
  return held.sagas;
}

/** Reads the gateway's counter of answered calls, once a second until stopped. */
function countCalls({ gatewayUrl = '' }: Target, clock: RunClock): { stop(): Promise<CallCount[]> } {
  const counts: CallCount[] = [];
  let reading: Promise<void> | null = null;
  const read = async () => {
    const text = await (await fetch(`${gatewayUrl}/metrics`)).text();
    const [, calls = '0'] = /^gateway_simulator_requests_total\{status="200"\} (\d+)$/m.exec(text) ?? [];
    counts.push({ atMs: clock.now(), calls: Number(calls) });
  };
  const timer = setInterval(() => {
    reading ??= read()
      .catch(() => {})
      .finally(() => {
        reading = null;
      });
  }, COUNT_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await reading;
      return counts;
    },
  };
}

async function until(clock: RunClock, seconds: number): Promise<void> {
  const ms = seconds * 1000 - clock.now();
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

function countedBy(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
