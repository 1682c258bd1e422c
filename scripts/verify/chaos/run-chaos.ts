/** A whole run: faults injection after another under a steady load, then the drain, then the checks. */
import { setTimeout as pause } from 'node:timers/promises';
import { accessOf } from '#participants/access/access.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { stackStatus } from '#scripts/run/stack/status.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { conditionsNow } from '../bench/conditions.ts';
import { drain } from '../bench/orders/measure-orders.ts';
import { kindOf, type Mix } from '../bench/orders/mix.ts';
import { openOrderChecks } from '../bench/orders/order-checks.ts';
import { outcomes } from '../bench/orders/outcomes.ts';
import { verifyLedger } from '../ledger/verify.ts';
import type { ChaosReport } from './chaos-report.ts';
import { type CounterWatch, watchCounters } from './counters.ts';
import { fillCouponPool } from './coupon-pool.ts';
import { type DatabaseChecks, openDatabaseChecks } from './database-checks.ts';
import type { Environment, Fault } from './fault.ts';
import { faultOrder } from './fault-order.ts';
import { type HealthWatch, watchHealth } from './health-watch.ts';
import { type Injection, inject, longestMs, steady } from './inject.ts';
import { judge } from './judge-chaos.ts';
import { type Load, startLoad } from './load.ts';

/** Servers that have just started are slow: the first fault waits until they are not. */
const WARMUP_MS = 10_000;
const WARM_WITHIN_MS = 180_000;
/** Between two faults: the effects of two must not mix. */
const CALM_MS = 3_000;

export interface ChaosOptions {
  readonly minutes: number;
  /** Orders a second. */
  readonly rate: number;
  readonly seed: number;
  readonly mix: Mix;
  readonly faults: readonly Fault[];
  readonly print: (line: string) => void;
}

/**
 * Runs on an environment that is up.
 * @throws StackProblem when it is interrupted, or something that was broken cannot be brought back
 */
export async function runChaos(environment: Environment, options: ChaosOptions): Promise<ChaosReport> {
  const { system, stack, signal, databaseUrl } = environment;
  const { minutes, rate, mix, seed, print } = options;
  const { addresses, urls } = system;
  const conditions = conditionsNow((await stackStatus(stack)).processes);
  const token = await tokenFor(roleHolder('service'), stack);
  const target = { apiUrl: urls['api'] ?? '', token, brokers: addresses.kafka, prefix: '' };
  const seconds = minutes * 60;
  const couponPool = await fillCouponPool({ url: urls['coupons'] ?? '', token }, Math.round(rate * seconds));
  const load = await startLoad({ ...target, rate, mix, seconds, couponPool });
  const checks = openDatabaseChecks(databaseUrl);
  const engines = Object.fromEntries(Object.entries(urls).filter(([name]) => /^engine/.test(name)));
  const counters = watchCounters(engines, (name) => system.pids[name]);
  const health = watchHealth(probed(urls), load.clock.now);
  try {
    const faults = await makeFaults({ environment, load, checks, counters, health }, options);
    await Promise.race([load.sent, rejectOnAbort(signal)]);
    print('all sent; waiting for the last orders to end');
    const seen = await seeOrders(environment, load, checks);
    const ledger = await verifyLedger({
      databaseUrl,
      gatewayUrl: urls['gateway'],
      limits: { mailMs: 0, clockMs: 0 },
    });
    const verdict = judge(seen, faults);
    const accepted = [...load.record.ids.entries()].flatMap(([n, id]) =>
      id === undefined ? [] : [{ id, kind: kindOf(mix, n) }],
    );
    return {
      chaos: 'orders',
      conditions,
      run: {
        minutes,
        rate,
        seed,
        mix: mix.join('/'),
        posts: load.record.sentAt.length,
        accepted: accepted.length,
        timesEach: timesEach(options.faults, faults),
      },
      ...verdict,
      outcomes: outcomes(accepted, seen.endings),
      counted: await counters.read(),
      repeatedCommands: await checks.repeatedCommands(addresses.kafka),
      ledger,
      problems: [
        // A run that broke nothing shows nothing.
        ...neverMade(options.faults, faults).map((name) => `${name}: never made, more --minutes are needed`),
        ...verdict.problems,
        ...seen.missing,
        ...ledger
          .filter(({ violations }) => violations > 0)
          .map(({ name }) => `the ledger does not hold: ${name}`),
      ],
    };
  } finally {
    await health.close();
    await checks.close();
    await load.close();
  }
}

/** The processes of the product: a simulator depends on nothing. */
function probed(urls: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(urls).filter(([name]) => accessOf(name) !== undefined));
}

function neverMade(wanted: readonly Fault[], made: readonly Injection[]): string[] {
  return wanted.filter((injection) => !made.some(({ fault }) => fault === injection)).map(({ name }) => name);
}

function timesEach(wanted: readonly Fault[], made: readonly Injection[]): number {
  return Math.min(...wanted.map((injection) => made.filter(({ fault }) => fault === injection).length));
}

async function makeFaults(
  parts: {
    environment: Environment;
    load: Load;
    checks: DatabaseChecks;
    counters: CounterWatch;
    health: HealthWatch;
  },
  { minutes, seed, faults, print }: ChaosOptions,
): Promise<Injection[]> {
  const { signal } = parts.environment;
  const { clock } = parts.load;
  const endMs = minutes * 60_000;
  const injections: Injection[] = [];
  await pause(WARMUP_MS, undefined, { signal }).catch(() => {});
  if (!(await steady(parts.checks, WARM_WITHIN_MS, signal)))
    print('orders are held up although nothing was broken yet');
  for (const turn of faultOrder(faults, seed)) {
    if (signal.aborted || clock.now() + longestMs(turn.fault) > endMs) return injections;
    print(`${(clock.now() / 1000).toFixed(0)} s: ${turn.fault.name}`);
    const injection = await inject(parts, turn);
    injections.push(injection);
    const after = (at: number | null, from: number) =>
      at === null ? 'not' : `${((at - from) / 1000).toFixed(1)} s`;
    print(
      `  completing again after ${after(injection.recoveredAt, injection.beganAt)}, from the return ${after(injection.recoveredFromReturnAt, injection.returnedAt)}; settled after ${after(injection.settledAt, injection.beganAt)}`,
    );
    await pause(CALM_MS, undefined, { signal }).catch(() => {});
  }
  return injections;
}

/** Waits for the last ends, and reads the end of every order, those whose 202 was lost included. */
async function seeOrders({ databaseUrl }: Environment, load: Load, checks: DatabaseChecks) {
  const { record, clock, refusals, keyOf } = load;
  const orderChecks = await openOrderChecks(databaseUrl);
  try {
    const refused = [...refusals.keys()];
    for (const [order, id] of await orderChecks.findLost(refused, keyOf)) load.found(order, id);
    const { endings, missing } = await drain(record, clock, orderChecks);
    const doubled = new Set(await checks.doubled());
    const stuck = new Set(await checks.stuck());
    return { record, refusals, endings, missing, doubled, stuck };
  } finally {
    await orderChecks.close();
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new StackProblem('interrupted: nothing to report'));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
