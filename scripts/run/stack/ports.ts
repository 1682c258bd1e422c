/** Which ports a stack uses: fixed ones above a base for `dev`, free ones for every other stack. */
import { createServer } from 'node:net';
import { StackProblem } from './problem.ts';

export type ObservePorts = Readonly<{
  prometheus: number;
  alertmanager: number;
  node: number;
  postgres: number;
  redis: number;
  /** The agent of each broker. */
  brokers: number[];
}>;

export type Ports = Readonly<{ kafka: number[]; controllers: number[]; postgres: number; redis: number }>;

// Below Linux's ephemeral ports (32768 and up): a client that redials a dead server could be given its very port.
const defaultBase = 29_000;
// Below the range from which Linux takes the ports of outgoing connections (32768 up): a client that keeps
// dialling a broker that is down could otherwise be given the broker's own port.
const freeRange = { from: 20_000, to: 28_900 };
const maxTries = 500;

/** The base that STACK_PORT_BASE names; undefined where it is not set. */
function portBase(environment: NodeJS.ProcessEnv): number | undefined {
  const text = environment.STACK_PORT_BASE;
  if (text === undefined || text === '') return undefined;
  const base = Number(text);
  if (!Number.isInteger(base) || base < 1024 || base > 65_000) {
    throw new StackProblem(`STACK_PORT_BASE is "${text}": give a number between 1024 and 65000.`);
  }
  return base;
}

/** The base of a stack's fixed ports, or undefined where it uses free ones. */
export function portBaseOf(name: string, environment: NodeJS.ProcessEnv = process.env): number | undefined {
  return portBase(environment) ?? (name === 'dev' ? defaultBase : undefined);
}

/** The ports above a base, as `dev` uses them. */
export function portsAbove(base: number, brokers: number): Ports {
  const each = Array.from({ length: brokers }, (_, index) => index);
  return {
    kafka: each.map((index) => base + 92 + index),
    controllers: each.map((index) => base + 192 + index),
    postgres: base + 432,
    redis: base + 379,
  };
}

/** Chooses the ports of what observes a stack. */
export async function chooseObservePorts(
  name: string,
  brokers: number,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ObservePorts> {
  const base = portBaseOf(name, environment);
  const each = Array.from({ length: brokers }, (_, index) => index);
  if (base !== undefined) {
    return {
      prometheus: base + 490,
      alertmanager: base + 493,
      node: base + 400,
      postgres: base + 487,
      redis: base + 421,
      brokers: each.map((index) => base + 471 + index),
    };
  }
  const [prometheus = 0, alertmanager = 0, node = 0, postgres = 0, redis = 0, ...free] = await freePorts(
    5 + brokers,
  );
  return { prometheus, alertmanager, node, postgres, redis, brokers: free };
}

/** Chooses the ports of a new stack. */
export async function choosePorts(
  name: string,
  brokers: number,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Ports> {
  const base = portBaseOf(name, environment);
  if (base !== undefined) return portsAbove(base, brokers);
  const free = await freePorts(brokers * 2 + 2);
  return {
    kafka: free.slice(0, brokers),
    controllers: free.slice(brokers, brokers * 2),
    postgres: free[brokers * 2] as number,
    redis: free[brokers * 2 + 1] as number,
  };
}

/** `count` different ports of 127.0.0.1 on which nothing listens now. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count && tries < maxTries; tries++) {
    const port = freeRange.from + Math.floor(Math.random() * (freeRange.to - freeRange.from));
    if (await isFree(port)) found.add(port);
  }
  if (found.size < count)
    throw new StackProblem(`No ${count} free ports between ${freeRange.from} and ${freeRange.to}.`);
  return [...found];
}

/** True when nothing listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
