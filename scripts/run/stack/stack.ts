/**
 * The local stack as functions: bring it up, inspect it, take it down. `scripts/run/stack.ts` is its command line.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { whyNotIn } from '../setup/folder.mjs';
import { withLock } from '../setup/lock.mjs';
import { ensureDatabase } from './database.ts';
import { kafkaServices, keepOfBrokers } from './kafka.ts';
import { ensureObservers, observeServices } from './observe.ts';
import { pgbouncerServices } from './pgbouncer.ts';
import { placesOf, root } from './places.ts';
import { chooseObservePorts, choosePorts, freePorts, isFree, portBaseOf } from './ports.ts';
import { databaseName, postgresServices, postgresUrl } from './postgres.ts';
import { StackProblem } from './problem.ts';
import { redisServices } from './redis.ts';
import { endService, runs, startService } from './run-service.ts';
import { ensureSecret } from './secret.ts';
import { ensureAuthority, ensureIssued } from './secure/certificates.ts';
import { connectAsAdmin, endAdminOf } from './secure/connections.ts';
import { secureFolder, WEBHOOKS } from './secure/secrets.ts';
import type { Service } from './service.ts';
import {
  type ExtraListener,
  POOL_MODES,
  type PoolMode,
  readState,
  type StackState,
  writeState,
} from './state.ts';

export type Addresses = Readonly<{
  kafka: string;
  postgres: string;
  redis: string;
  /** Of a stack that is observed. */
  prometheus?: string;
  alertmanager?: string;
}>;
export type StackOptions = Readonly<{
  name?: string;
  brokers?: number;
  /** TLS, passwords and permissions, of a stack that is made now; one that was made before keeps what it has. */
  secure?: boolean;
  /** Of a stack that is made now; one that was made before keeps its own. */
  listeners?: ExtraListener[];
  /** A second PostgreSQL and a second Redis that follow the first ones, of a stack that is made now. */
  standby?: boolean;
  /** PgBouncer in front of PostgreSQL, of a stack that is made now. */
  pooler?: PoolMode;
  /** Runs what observes it beside it; false ends that. Without it all stays as it is. */
  observe?: boolean;
  print?: (line: string) => void;
}>;

const lockWithinMs = 120_000;

/** The stack that is meant where none is named: STACK, else `dev`. */
export const defaultStack = (): string => process.env.STACK || 'dev';

/**
 * Brings a stack up and waits until each part answers; leaves running parts alone.
 * @returns the addresses: `kafka` as `host:port,…`, `postgres` and `redis` as URLs
 * @throws StackProblem with advice: a port is taken, a server does not start, …
 */
export async function stackUp(options: StackOptions = {}): Promise<Addresses> {
  const impossible = whyNotIn(root);
  if (impossible !== null) throw new StackProblem(impossible);
  const name = options.name ?? defaultStack();
  return locked(name, async () => {
    const state = await stateFor(name, options);
    if (options.observe && state.observe === undefined) {
      await ensureObservers(options.print ?? (() => {}));
      state.observe = await chooseObservePorts(name, state.brokers);
      await endBrokers(state);
    } else if (options.observe === false && state.observe !== undefined) {
      const observers = observeServices(state, placesOf(name));
      await Promise.all(observers.map((service) => endService(state, service)));
      delete state.observe;
    }
    if (state.secure) await ensureCertificates(name);
    await Promise.all(servicesOf(state).map((service) => startService(state, service, options.print)));
    writeState(state);
    ensureSecret(name);
    connectAsAdmin(name);
    await ensureDatabase(postgresUrl(state.ports.postgres));
    return addressesOf(state);
  });
}

/**
 * Takes a stack down: ends each part, by SIGKILL after a bound. Keeps its data, unless `wipe` is given.
 * @returns the names of the parts that ran
 */
export async function stackDown(name = defaultStack(), { wipe = false } = {}): Promise<string[]> {
  return locked(name, async () => {
    const state = readState(name);
    const ended = state
      ? await Promise.all(servicesOf(state).map((service) => endService(state, service)))
      : [];
    if (state) writeState(state);
    endAdminOf(name);
    if (wipe) {
      const places = placesOf(name);
      if (state) keepOfBrokers(state, places);
      for (const path of [places.data, places.stateFile, secureFolder(name)])
        rmSync(path, { recursive: true, force: true });
    }
    return ended.filter((service) => service !== undefined);
  });
}

/** The parts of a stack by their names in `processes`, as far as it was ever made. */
export function servicesOf(state: StackState): Service[] {
  const places = placesOf(state.name);
  const makers = [kafkaServices, postgresServices, pgbouncerServices, redisServices, observeServices];
  return makers.flatMap((make) => make(state, places));
}

/** The addresses of a stack, running or not. */
export function addressesOf(state: StackState): Addresses {
  return {
    kafka: state.ports.kafka.map((port) => `127.0.0.1:${port}`).join(','),
    postgres: postgresUrl(state.ports.postgres, databaseName),
    redis: `${state.secure ? 'rediss' : 'redis'}://127.0.0.1:${state.ports.redis}`,
    ...(state.observe && {
      prometheus: `http://127.0.0.1:${state.observe.prometheus}`,
      alertmanager: `http://127.0.0.1:${state.observe.alertmanager}`,
    }),
  };
}

/** Holds the stack's lock, so that two commands do not start or stop the same part at once. */
export function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  const places = placesOf(name);
  for (const folder of [places.data, places.logs, places.mail]) mkdirSync(folder, { recursive: true });
  return withLock(places.lockFile, { waitMs: lockWithinMs }, work);
}

/** Under the stack's lock, because several systems may start on it at once. */
async function ensureCertificates(name: string): Promise<void> {
  await ensureAuthority(secureFolder(name));
  await ensureIssued(secureFolder(name), WEBHOOKS);
}

/** Brokers that run without their agent must start again with it. */
async function endBrokers(state: StackState): Promise<void> {
  const brokers = kafkaServices(state, placesOf(state.name));
  await Promise.all(brokers.map((service) => endService(state, service)));
}

async function stateFor(
  name: string,
  { brokers, secure, listeners = [], standby = false, pooler = poolerWanted() }: StackOptions,
): Promise<StackState> {
  const known = readState(name);
  if (!known) {
    const count = brokers ?? 1;
    const ports = await choosePorts(name, count);
    // The tests on a secured stack make others like it.
    const isSecure = secure ?? process.env['STACK_SECURE'] === '1';
    if (standby && isSecure) throw new StackProblem('A stack with --secure has no standby: leave one out.');
    if (pooler && isSecure) throw new StackProblem('A stack with --secure has no pooler: leave one out.');
    const [second, replica, pool] = await freePorts(3);
    const state = {
      name,
      brokers: count,
      ...(isSecure && { secure: true }),
      ...(standby && second !== undefined && { standby: second }),
      ...(standby && replica !== undefined && { redisReplica: replica }),
      ...(pooler && pool !== undefined && { pooler: { port: pool, mode: pooler } }),
      ports,
      listeners,
      pids: {},
    };
    writeState(state);
    return state;
  }
  if (brokers !== undefined && brokers !== known.brokers) {
    throw new StackProblem(
      `The stack "${name}" was made with ${known.brokers} broker(s): \`npm run stack -- down --stack ${name} --wipe\` forgets its data, or name another stack with --stack.`,
    );
  }
  if (secure !== undefined && secure !== (known.secure ?? false)) {
    throw new StackProblem(
      `The stack "${name}" was made ${known.secure ? 'with' : 'without'} --secure: \`npm run stack -- down --stack ${name} --wipe\` forgets its data, or name another stack with --stack.`,
    );
  }
  if (pooler !== known.pooler?.mode && pooler !== undefined) {
    throw new StackProblem(
      `The stack "${name}" was made without a pooler in ${pooler} mode: \`npm run stack -- down --stack ${name} --wipe\` forgets its data, or name another stack with --stack.`,
    );
  }
  const running = await Promise.all(servicesOf(known).map((service) => runs(known, service)));
  if (running.some(Boolean)) return known;
  // Nothing of it runs: the base may have changed since, or its free ports may be another's by now.
  return { ...known, ports: await portsAgain(known) };
}

/** The tests through a pooler make each stack with one. */
function poolerWanted(): PoolMode | undefined {
  const wanted = process.env['STACK_POOLER'];
  if (!wanted) return undefined;
  const mode = POOL_MODES.find((one) => one === wanted);
  if (mode !== undefined) return mode;
  throw new StackProblem(`STACK_POOLER is "${wanted}": write ${POOL_MODES.join(' or ')}.`);
}

async function portsAgain(known: StackState): Promise<StackState['ports']> {
  const chosen = await choosePorts(known.name, known.brokers);
  if (portBaseOf(known.name) !== undefined) return chosen;
  const old = servicesOf(known).flatMap((service) => service.ports);
  const free = await Promise.all(old.map(isFree));
  return free.every(Boolean) ? known.ports : chosen;
}
