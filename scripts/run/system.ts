/** The whole system on a local stack, as a function: `npm start` and the end-to-end tests both start it here. */
import { join } from 'node:path';
import { OWNER, SET_UP } from '#participants/access/access.ts';
import { createTopics } from '#platform/kafka/admin.ts';
import { migrate } from './setup/migrate.ts';
import { ensureDatabase } from './stack/database.ts';
import { writeTargets } from './stack/observe.ts';
import { preparePooledRoles } from './stack/pgbouncer.ts';
import { placesOf, root } from './stack/places.ts';
import { postgresUrl } from './stack/postgres.ts';
import { StackProblem } from './stack/problem.ts';
import { databaseSecurityOf, isSecure, kafkaSecurityOf } from './stack/secure/connections.ts';
import { permitDatabase, permitTopics, prepareRoles, urlFor } from './stack/secure/permissions.ts';
import { type Addresses, defaultStack, stackUp } from './stack/stack.ts';
import { readState } from './stack/state.ts';
import { type Child, childOf } from './system/child.ts';
import { allReady } from './system/ready.ts';
import type { SystemOptions } from './system/system-options.ts';
import { environmentFor, foldersOf, plansOf, urlsFor } from './system/system-plan.ts';
import { readSystem, removeSystem, writeSystem } from './system/system-record.ts';

export type { SystemOptions } from './system/system-options.ts';

export type System = Readonly<{
  stack: string;
  addresses: Addresses;
  /** The base URL of each process, by its name. */
  urls: Readonly<Record<string, string>>;
  secretFile: string;
  logs: string;
  mail: string;
  /** The pids of the processes that live now, by name. */
  readonly pids: Record<string, number>;
  /** Sends a signal to one process: SIGKILL, SIGTERM, SIGSTOP, SIGCONT. */
  kill(name: string, signal: NodeJS.Signals): void;
  /** Ends one process; it stays down until it is restarted. */
  end(name: string): Promise<void>;
  /** Ends one process if it lives, starts it, and waits until it is ready. */
  restart(name: string): Promise<void>;
  /** Ends every process; the stack stays. */
  stop(): Promise<void>;
}>;

const defaultReadyWithinMs = 60_000;
/** They start before the others, without which orders are accepted: all at once would share the cores, and be late together. */
const FIRST = ['api', 'engine'];
const silent = () => {};

/**
 * Brings the stack up, migrates the database, creates the topics, starts the processes and waits until all are ready.
 * Ends the started processes again when that fails.
 * @throws StackProblem with advice
 */
export async function startSystem(given: SystemOptions = {}): Promise<System> {
  const options = { ...given, stack: given.stack ?? defaultStack() };
  const { stack, prefix = '', print = silent } = options;
  refuseSecond(stack, prefix);
  const plans = plansOf(options);
  const addresses = await preparedStack(options);
  const urls = await urlsFor(stack, prefix, plans);
  if (options.observe) writeTargets(stack, urls);
  const { logs, mail } = foldersOf(stack, prefix);

  const children = new Map<string, Child>();
  const onChange = () => writeSystem(stack, prefix, plans, urls, children.values());
  for (const plan of plans) {
    const environment = environmentFor(plan, options, addresses, urls);
    const files = { entry: join(root, plan.entry), logFile: join(logs, `${plan.name}.log`) };
    const restarts = options.restarts ?? true;
    children.set(plan.name, childOf({ name: plan.name, ...files, environment, restarts, print, onChange }));
  }
  const all = [...children.values()];
  const named = (name: string): Child => {
    const child = children.get(name);
    if (!child) throw new StackProblem(`There is no process "${name}": ${[...children.keys()].join(', ')}.`);
    return child;
  };
  const ready = (some: Child[]) =>
    allReady(
      some.map((child) => [child, urls[child.name] as string]),
      options.readyWithinMs ?? defaultReadyWithinMs,
      options.signal,
    );
  const stop = async () => {
    await Promise.all(all.map((child) => child.stop()));
    removeSystem(stack, prefix);
  };
  try {
    const first = all.filter(({ name }) => FIRST.includes(name));
    for (const child of first) child.start();
    await ready(first.filter(({ name }) => name === 'api'));
    for (const child of all) if (!first.includes(child)) child.start();
    await ready(all);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stack,
    addresses,
    urls,
    logs,
    mail,
    secretFile: placesOf(stack).secretFile,
    get pids() {
      return Object.fromEntries(
        all.flatMap((child) => (child.pid() ? [[child.name, child.pid() as number]] : [])),
      );
    },
    kill: (name, signal) => named(name).kill(signal),
    end: (name) => named(name).stop(),
    restart: async (name) => {
      await named(name).stop();
      named(name).start();
      await ready([named(name)]);
    },
    stop,
  };
}

/** @throws StackProblem when a system with this prefix runs on the stack already */
export function refuseSecond(stack: string, prefix = ''): void {
  const other = readSystem(stack, prefix);
  if (!other) return;
  const { pid } = other.supervisor;
  throw new StackProblem(
    `The system runs on the stack "${stack}" already (pid ${pid}): end that with Ctrl-C or \`kill ${pid}\`, or name another stack with --stack.`,
  );
}

async function preparedStack(options: SystemOptions): Promise<Addresses> {
  const { print = silent, brokers, secure, database, observe = false } = options;
  const stacked = await stackUp({
    print,
    ...(options.stack ? { name: options.stack } : {}),
    ...(brokers ? { brokers } : {}),
    ...(secure === undefined ? {} : { secure }),
    observe,
  });
  const addresses = database
    ? { ...stacked, postgres: postgresUrl(Number(new URL(stacked.postgres).port), database) }
    : stacked;
  await ensureDatabase(addresses.postgres);
  const pooler = readState(options.stack ?? defaultStack())?.pooler;
  if (pooler) await preparePooledRoles(Number(new URL(stacked.postgres).port));
  const { stack = defaultStack(), prefix = '' } = options;
  const [applied] = await Promise.all([
    migrateOn(stack, addresses.postgres),
    isSecure(stack)
      ? createPermittedTopics(stack, addresses.kafka, prefix)
      : createTopics({ brokers: addresses.kafka, prefix }),
  ]);
  if (applied.length > 0) print(`migrations applied: ${applied.join(', ')}`);
  return addresses;
}

/**
 * Migrates a database of a stack. On a secured one as a role of its own, for no process owns what it must not change.
 * @returns the migrations that were applied
 */
export async function migrateOn(stack: string, url: string): Promise<string[]> {
  if (!isSecure(stack)) return migrate(url);
  await prepareRoles(stack, url);
  const applied = await migrate(urlFor(url, OWNER), databaseSecurityOf(stack, OWNER));
  await permitDatabase(stack, url);
  return applied;
}

/** Topics are created by a principal that may do nothing else. */
async function createPermittedTopics(stack: string, brokers: string, prefix: string): Promise<void> {
  await permitTopics(stack, brokers, prefix);
  await createTopics({ brokers, prefix, security: kafkaSecurityOf(stack, SET_UP) });
}
