/** The processes of two builds on one stack: each process of one build can be replaced by the other's, the new one first. */
import { join } from 'node:path';
import { WEBHOOK } from '#scripts/run/processes.ts';
import { freePorts } from '#scripts/run/stack/ports.ts';
import type { Addresses } from '#scripts/run/stack/stack.ts';
import { type Child, childOf } from '#scripts/run/system/child.ts';
import { allReady } from '#scripts/run/system/ready.ts';
import { environmentFor, foldersOf, plansOf } from '#scripts/run/system/system-plan.ts';
import { type CuttableProxy, openProxy } from '../chaos/proxy.ts';
import { type Balancer, openBalancer } from './balancer.ts';

/** On a busy machine a consumer waits for minutes until its group has given it partitions. */
const READY_WITHIN_MS = 300_000;
/** The simulated gateway is the outside world, and belongs to no build. */
const OUTSIDE = 'gateway';
/** Reached by requests: their instances are taken out of service before they end, as a load balancer does. */
const BALANCED = ['api', 'coupons'] as const;

/** Two builds by name. */
export type BuildName = 'old' | 'new';

export interface FleetOptions {
  readonly stack: string;
  readonly prefix: string;
  readonly addresses: Addresses;
  /** Each build's root folder. */
  readonly folders: Readonly<Record<BuildName, string>>;
  readonly only?: string[];
  readonly issuers?: number;
  /** Between the moment an API gets no new requests and its SIGTERM, as `preStop` has it. */
  readonly preStopMs: number;
  readonly print: (line: string) => void;
}

export interface Fleet {
  readonly api: Balancer;
  readonly coupons: Balancer | null;
  readonly gatewayUrl: string;
  /** The names of the processes of the product. */
  readonly names: readonly string[];
  /** Which build each process is of now. */
  builds(): Readonly<Record<string, BuildName>>;
  /** The URL of a process's present instance. */
  urlOf(name: string): string;
  /** Starts every process of one build. */
  start(build: BuildName): Promise<void>;
  /** Starts another build's instance of a process beside it, and once that is ready takes the former one out. */
  replace(name: string, build: BuildName): Promise<void>;
  /** Deaths of processes that nobody ended. */
  deaths(): readonly string[];
  stop(): Promise<void>;
}

interface Instance {
  readonly build: BuildName;
  readonly url: string;
  readonly child: Child;
}

/** Opens a fleet; nothing runs before `start()`. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { stack, prefix, addresses, folders, print } = options;
  const system = { stack, prefix, gateway: 'simulator', restarts: true } as const;
  const plans = plansOf({
    ...system,
    ...(options.only && { only: options.only }),
    ...(options.issuers && { issuers: options.issuers }),
  });
  const places = [...plans.map(({ name }) => name), WEBHOOK.name];
  const [front = 0, ...ports] = await freePorts(1 + 2 * places.length);
  const at = (from: number) =>
    Object.fromEntries(places.map((name, nth) => [name, `http://127.0.0.1:${ports[from + nth]}`]));
  const urls: Readonly<Record<BuildName, Readonly<Record<string, string>>>> = {
    old: at(0),
    new: at(places.length),
  };
  // Two instances of payment cannot listen on one port: a service leads the gateway's webhooks to one that is ready.
  const webhooks: CuttableProxy = await openProxy(front, front);
  const logs = foldersOf(stack, prefix).logs;
  const present = new Map<string, Instance>();
  const all: Child[] = [];
  const balancers = Object.fromEntries(BALANCED.map((name) => [name, openBalancer()]));

  function instanceOf(name: string, build: BuildName): Instance {
    const plan = plans.find((one) => one.name === name);
    if (plan === undefined) throw new Error(`there is no process ${name}`);
    const own = urls[build];
    const environment = environmentFor(plan, system, addresses, {
      ...own,
      [OUTSIDE]: urls.old[OUTSIDE] ?? '',
      ...(name === OUTSIDE && { [WEBHOOK.name]: `http://127.0.0.1:${front}` }),
    });
    const child = childOf({
      name: `${name} (${build})`,
      entry: join(folders[build], plan.entry),
      logFile: join(logs, `${name}-${build}.log`),
      environment,
      restarts: true,
      print,
      onChange() {},
    });
    all.push(child);
    return { build, url: own[name] ?? '', child };
  }

  async function begin(name: string, build: BuildName): Promise<Instance> {
    const instance = instanceOf(name, build);
    instance.child.start();
    await allReady([[instance.child, instance.url]], READY_WITHIN_MS);
    if (name === 'payment') webhooks.leadTo(Number(new URL(urls[build][WEBHOOK.name] ?? '').port));
    balancers[name]?.add(build, instance.url);
    return instance;
  }

  return {
    api: balancers['api'] as Balancer,
    coupons: plans.some(({ name }) => name === 'coupons') ? (balancers['coupons'] as Balancer) : null,
    gatewayUrl: urls.old[OUTSIDE] ?? '',
    names: plans.map(({ name }) => name).filter((name) => name !== OUTSIDE),
    builds: () => Object.fromEntries([...present].map(([name, { build }]) => [name, build])),
    urlOf: (name) => present.get(name)?.url ?? '',
    async start(build) {
      const started = await Promise.all(
        plans.map(async ({ name }) => [name, await begin(name, name === OUTSIDE ? 'old' : build)] as const),
      );
      for (const [name, instance] of started) present.set(name, instance);
    },
    async replace(name, build) {
      const former = present.get(name);
      const next = await begin(name, build);
      present.set(name, next);
      const balancer = balancers[name];
      if (balancer !== undefined && former !== undefined) {
        await balancer.remove(former.url);
        await new Promise((resolve) => setTimeout(resolve, options.preStopMs));
      }
      await former?.child.stop();
    },
    deaths: () =>
      all.filter((child) => child.deaths() > 0).map(({ name, logFile }) => `${name} died (${logFile})`),
    async stop() {
      for (const balancer of Object.values(balancers)) balancer.close();
      await Promise.all(all.map((child) => child.stop()));
      await webhooks.close();
    },
  };
}
