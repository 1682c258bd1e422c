/** A whole run: faults one after another under a steady load, then the drain, then the books. */
import { setTimeout as pause } from 'node:timers/promises';
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
import { fillWallet } from './coupon-pool.ts';
import { type DatabaseChecks, openDatabaseChecks } from './database-checks.ts';
import type { Arena, Fault } from './fault.ts';
import { faultOrder } from './fault-order.ts';
import { longestMs, type Struck, steady, strike } from './inject.ts';
import { judge } from './judge-chaos.ts';
import { type Load, startLoad } from './load.ts';

/** Servers that have just started are slow: the first fault waits until they are not. */
const WARMUP_MS = 10_000;
const WARM_WITHIN_MS = 180_000;
/** Between two faults: what follows must not be taken for the one before. */
const CALM_MS = 3_000;

export interface ChaosOptions {
  readonly minutes: number;
  /** Orders a second. */
  readonly rate: number;
  readonly seed: number;
  readonly mix: Mix;
  readonly faults: readonly Fault[];
  readonly say: (line: string) => void;
}

/**
 * Runs on an arena that is up.
 * @throws StackProblem when it is interrupted, or something that was broken cannot be brought back
 */
export async function runChaos(arena: Arena, options: ChaosOptions): Promise<ChaosReport> {
  const { system, stack, signal } = arena;
  const { minutes, rate, mix, seed, say } = options;
  const { addresses, urls } = system;
  const conditions = conditionsNow((await stackStatus(stack)).processes);
  const token = await tokenFor(roleHolder('service'), stack);
  const target = { apiUrl: urls['api'] ?? '', token, brokers: addresses.kafka, prefix: '' };
  const seconds = minutes * 60;
  const wallet = await fillWallet({ url: urls['coupons'] ?? '', token }, Math.round(rate * seconds));
  const load = await startLoad({ ...target, rate, mix, seconds, wallet });
  const books = openDatabaseChecks(addresses.postgres);
  const engines = Object.fromEntries(Object.entries(urls).filter(([name]) => /^engine/.test(name)));
  const counters = watchCounters(engines, (name) => system.pids[name]);
  try {
    const faults = await makeFaults({ arena, load, books, counters }, options);
    await Promise.race([load.sent, aborted(signal)]);
    say('all sent; waiting for the last orders to end');
    const seen = await seeOrders(arena, load, books);
    const ledger = await verifyLedger({
      databaseUrl: addresses.postgres,
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
      repeatedCommands: await books.repeatedCommands(addresses.kafka),
      ledger,
      problems: [
        // A run that broke nothing shows nothing.
        ...neverMade(options.faults, faults).map((name) => `${name}: never made, more --minutes are needed`),
        ...verdict.problems,
        ...seen.missing,
        ...ledger
          .filter(({ violations }) => violations > 0)
          .map(({ name }) => `the books do not balance: ${name}`),
      ],
    };
  } finally {
    await books.close();
    await load.close();
  }
}

function neverMade(wanted: readonly Fault[], made: readonly Struck[]): string[] {
  return wanted.filter((one) => !made.some(({ fault }) => fault === one)).map(({ name }) => name);
}

function timesEach(wanted: readonly Fault[], made: readonly Struck[]): number {
  return Math.min(...wanted.map((one) => made.filter(({ fault }) => fault === one).length));
}

async function makeFaults(
  parts: { arena: Arena; load: Load; books: DatabaseChecks; counters: CounterWatch },
  { minutes, seed, faults, say }: ChaosOptions,
): Promise<Struck[]> {
  const { signal } = parts.arena;
  const { clock } = parts.load;
  const endMs = minutes * 60_000;
  const struck: Struck[] = [];
  await pause(WARMUP_MS, undefined, { signal }).catch(() => {});
  if (!(await steady(parts.books, WARM_WITHIN_MS, signal)))
    say('orders are held up although nothing was broken yet');
  for (const turn of faultOrder(faults, seed)) {
    if (signal.aborted || clock.now() + longestMs(turn.fault) > endMs) return struck;
    say(`${(clock.now() / 1000).toFixed(0)} s: ${turn.fault.name}`);
    const one = await strike(parts, turn);
    struck.push(one);
    const after = (at: number | null, from: number) =>
      at === null ? 'not' : `${((at - from) / 1000).toFixed(1)} s`;
    say(
      `  completing again after ${after(one.recoveredAt, one.beganAt)}, from the return ${after(one.recoveredFromReturnAt, one.returnedAt)}; settled after ${after(one.settledAt, one.beganAt)}`,
    );
    await pause(CALM_MS, undefined, { signal }).catch(() => {});
  }
  return struck;
}

/** Waits for the last ends, and checks what became of every order, those whose 202 was lost included. */
async function seeOrders({ system }: Arena, load: Load, books: DatabaseChecks) {
  const { record, clock, refusals, keyOf } = load;
  const orderChecks = await openOrderChecks(system.addresses.postgres);
  try {
    const unsaid = [...refusals.keys()];
    for (const [order, id] of await orderChecks.findLost(unsaid, keyOf)) load.found(order, id);
    const { endings, missing } = await drain(record, clock, orderChecks);
    const doubled = new Set(await books.doubled());
    const stuck = new Set(await books.stuck());
    return { record, refusals, endings, missing, doubled, stuck };
  } finally {
    await orderChecks.close();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new StackProblem('interrupted: nothing to report'));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
