/** A rolling update from the build before and back again, under load: the phases, and what was seen of them. */
import { createTopics } from '#platform/kafka/admin.ts';
import { localEnvironment } from '#scripts/run/setup/environment.mjs';
import { migrate } from '#scripts/run/setup/migrate.ts';
import { ensureDatabase } from '#scripts/run/stack/database.ts';
import { root } from '#scripts/run/stack/places.ts';
import type { Addresses } from '#scripts/run/stack/stack.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import type { Mix } from '../bench/orders/mix.ts';
import { fillCouponPool } from '../chaos/coupon-pool.ts';
import { newCampaign } from '../chaos/coupons/send-burst.ts';
import type { Build } from './build-before.ts';
import { type BuildName, type Fleet, openFleet } from './fleet.ts';
import { type Findings, judgeRolling } from './judge-rolling.ts';
import { type LockWait, watchLocks } from './lock-watch.ts';
import { onlyNew } from './only-new.ts';
import { type RollingLoad, startRollingLoad } from './rolling-load.ts';

/** Who understands a new message runs before who sends it; auditor and retention last. */
const ORDER = [
  ['inventory', 'payment', 'shipping', 'coupon', 'coupon-issuer', 'notification'],
  ['engine'],
  ['api', 'coupons'],
  ['auditor', 'retention'],
] as const;
const DISCOUNT = { kind: 'percent', value: 10 };
/** One campaign sells out during the run, the other has a coupon for everybody. */
const SCARCE = 100;
const ENOUGH = 100_000;
/** Orders for which there are coupons. */
const POOL_ORDERS = 20_000;

export interface RollingOptions {
  readonly stack: string;
  readonly prefix: string;
  readonly addresses: Addresses;
  readonly before: Build;
  readonly only?: string[];
  /** A second, each. */
  readonly orders: number;
  readonly couponRequests: number;
  readonly mix: Mix;
  /** How long each steady phase lasts, ms. */
  readonly steadyMs: number;
  readonly preStopMs: number;
  /** On a machine that is busy with other things a slow database is no fault of the update. */
  readonly permitsUnknown: boolean;
  readonly print: (line: string) => void;
}

/** One phase of the run. */
export interface Phase {
  readonly name: string;
  readonly ms: number;
  readonly orders: number;
  readonly postponed: number;
  readonly refused: number;
  /** The longest time from the first sending of a request to its acceptance, ms. */
  readonly slowestMs: number;
}

export interface RollingReport {
  readonly commit: string;
  readonly migrations: readonly string[];
  readonly lockWait: LockWait;
  readonly phases: readonly Phase[];
  readonly answeredBy: Readonly<Record<string, number>>;
  readonly acted: Readonly<Record<string, number>>;
  readonly findings: Findings;
  /** The violations; empty: both ways work. */
  readonly problems: readonly string[];
}

/** Runs the update and the way back on a stack that is up. @throws StackProblem when something does not start */
export async function runRolling(options: RollingOptions): Promise<RollingReport> {
  const { stack, addresses, before, print } = options;
  await prepare(options);
  const fleet = await openFleet({ ...options, folders: { old: before.folder, new: root } });
  const phases: Phase[] = [];
  try {
    await fleet.start('old');
    print('the build before runs');
    const load = await startLoad(options, fleet);
    const phase = phaseOf(load, phases, print);
    await phase('the build before', () => rest(options.steadyMs));
    const { migrations, lockWait } = await phase('migrations', () => migrateUnderLoad(addresses.postgres));
    await phase('the build before on the new schema', () => rest(options.steadyMs));
    await phase('forward', () => roll(fleet, 'new', print));
    const newer = onlyNew(fleet, (await tokensOf(stack)).operator);
    await phase('this build', async () => {
      await rest(options.steadyMs);
      await newer.use(() => load.orders.findLast((id) => id !== undefined));
    });
    await phase('back', () => roll(fleet, 'old', print));
    await phase('the build before, again', () => rest(options.steadyMs));
    const audited = fleet.names.includes('auditor') ? await newer.audited() : [];
    await phase('forward again', () => roll(fleet, 'new', print));
    await phase('the brake released', () => newer.release());
    await load.stop();
    print('all sent; waiting for the last orders to end');
    const findings = await judgeRolling({
      load,
      fleet,
      databaseUrl: addresses.postgres,
      mix: options.mix,
      tokens: await tokensOf(stack),
    });
    return {
      commit: before.commit,
      migrations,
      lockWait,
      phases,
      answeredBy: Object.fromEntries(load.answeredBy),
      acted: Object.fromEntries(load.acted),
      findings,
      problems: [...findings.problems, ...audited, ...bothAnswered(load, fleet), ...unknown(load, options)],
    };
  } finally {
    await fleet.stop();
  }
}

/** A database as the build before makes it. */
async function prepare({ addresses, before, prefix }: RollingOptions): Promise<void> {
  await ensureDatabase(addresses.postgres);
  const environment = { ...localEnvironment(process.env), DATABASE_URL: addresses.postgres };
  await before.command('scripts/run/migrate.ts', environment);
  await createTopics({ brokers: addresses.kafka, prefix });
}

async function startLoad(options: RollingOptions, fleet: Fleet): Promise<RollingLoad> {
  const { stack } = options;
  const tokens = await tokensOf(stack);
  const couponApi = { url: fleet.urlOf('coupons'), token: tokens.service };
  const hasCoupons = fleet.coupons !== null;
  const campaign = (total: number) => newCampaign(couponApi, { name: 'rolling', total, discount: DISCOUNT });
  return startRollingLoad({
    ...options,
    api: fleet.api,
    coupons: fleet.coupons,
    tokens,
    couponPool: hasCoupons ? await fillCouponPool(couponApi, POOL_ORDERS) : () => undefined,
    campaigns: hasCoupons ? [await campaign(SCARCE), await campaign(ENOUGH)] : [],
  });
}

const tokensOf = async (stack: string) => ({
  service: await tokenFor(roleHolder('service'), stack),
  operator: await tokenFor(roleHolder('operator'), stack),
});

/** Migrates while the other build writes, and watches who waits for a table's lock. */
async function migrateUnderLoad(url: string): Promise<{ migrations: string[]; lockWait: LockWait }> {
  const locks = await watchLocks(url);
  try {
    const migrations = await migrate(url);
    return { migrations, lockWait: await locks.close() };
  } catch (error) {
    await locks.close();
    throw error;
  }
}

/** Replaces one step after the other, the processes of a step at once, as a cluster does. */
async function roll(fleet: Fleet, build: BuildName, print: (line: string) => void): Promise<void> {
  for (const step of ORDER) {
    const names = fleet.names.filter((name) => (step as readonly string[]).includes(name));
    await Promise.all(names.map((name) => fleet.replace(name, build)));
    print(`  ${names.join(', ')}: ${build}`);
  }
}

function phaseOf(load: RollingLoad, phases: Phase[], print: (line: string) => void) {
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const [orders, postponed, refused] = [load.orders.length, load.postponed(), load.refusals.length];
    load.slowest();
    const result = await work();
    phases.push({
      name,
      ms: Math.round(performance.now() - began),
      orders: load.orders.length - orders,
      postponed: load.postponed() - postponed,
      refused: load.refusals.length - refused,
      slowestMs: load.slowest(),
    });
    print(`${name}: ${JSON.stringify(phases.at(-1))}`);
    return result;
  };
}

/** A run in which one build answered nothing shows nothing about it. */
function bothAnswered({ answeredBy }: RollingLoad, fleet: Fleet): string[] {
  const silent = (['old', 'new'] as const).filter((build) => (answeredBy.get(build) ?? 0) === 0);
  return [...silent.map((build) => `the ${build} build answered nothing`), ...fleet.deaths()];
}

function unknown(load: RollingLoad, { permitsUnknown }: RollingOptions): string[] {
  const count = load.unknown();
  return count === 0 || permitsUnknown ? [] : [`${count} requests were answered 504, their outcome unknown`];
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
