/**
 * How long a system takes from `npm start` to its first accepted order, and from a killed engine until every partition flows again.
 * The first start, which makes the data, is not measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { root } from '#scripts/run/stack/places.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { readSystem } from '#scripts/run/system/system-record.ts';
import { type Conditions, conditionsNow } from '../conditions.ts';
import { orderBodies } from '../orders/bodies.ts';

export interface StartOptions {
  /** The measured starts. */
  readonly times: number;
  readonly stack: string;
  readonly print: (line: string) => void;
}

/** One start, ms since `npm start`, and what became of a killed engine. */
export interface MeasuredStart {
  readonly acceptedMs: number;
  readonly completedMs: number;
  /** Every process has reported ready. */
  readonly readyMs: number;
  /** From the kill of the engine until an order of each partition that came after it is completed. */
  readonly flowsAgainMs: number;
}

export interface StartReport {
  readonly conditions: Conditions;
  readonly starts: readonly MeasuredStart[];
}

const POLL_MS = 20;
/** It ends what hangs. */
const WITHIN_MS = 120_000;
/** Between a start and the kill: every consumer has its partitions, and the machine is at rest. */
const REST_MS = 5_000;

/** @throws StackProblem when a start, or an order, does not come to its end in time */
export async function runStart({ times, stack, print }: StartOptions): Promise<StartReport> {
  await ended(await started(stack, print, 'the first start, which makes the data'));
  const starts: MeasuredStart[] = [];
  let pids: Readonly<Record<string, number>> = {};
  for (let i = 1; i <= times; i++) {
    const run = await started(stack, print, `start ${i} of ${times}`);
    await sleep(REST_MS);
    pids = pidsOf(stack);
    starts.push({ ...run.measured, flowsAgainMs: await afterKill(stack, pids['engine']) });
    await ended(run);
  }
  return { conditions: conditionsNow({ kafka: 0, ...pids }), starts };
}

interface Run {
  readonly stack: string;
  readonly npm: ChildProcess;
  readonly measured: Omit<MeasuredStart, 'flowsAgainMs'>;
}

async function started(stack: string, print: (line: string) => void, what: string): Promise<Run> {
  print(what);
  const since = performance.now();
  const passed = () => Math.round(performance.now() - since);
  const npm = spawn('npm', ['start', '--', '--stack', stack, '--gateway', 'none'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = new Promise<number>((resolve) => {
    npm.stdout.on('data', (piece: Buffer) => {
      output += piece;
      if (output.includes('Ctrl-C')) resolve(passed());
    });
  });
  const gone = once(npm, 'exit').then(() => {
    throw new StackProblem(`\`npm start\` ended by itself: ${output.slice(-500)}`);
  });
  gone.catch(() => {});
  const measure = async () => {
    const id = await waitFor('accepted order', () => place(stack));
    const acceptedMs = passed();
    await waitFor('completed order', () => isCompleted(stack, id));
    const completedMs = passed();
    return { acceptedMs, completedMs, readyMs: await ready };
  };
  try {
    return { stack, npm, measured: await Promise.race([measure(), gone]) };
  } catch (error) {
    if (npm.exitCode === null) await ended({ stack, npm });
    throw error;
  }
}

/** Ends the system, and its stack with it. */
async function ended({ stack, npm }: Pick<Run, 'stack' | 'npm'>): Promise<void> {
  const exit = once(npm, 'exit');
  const system = readSystem(stack);
  if (system === undefined) throw new StackProblem(`No system runs on the stack "${stack}" any more.`);
  process.kill(system.supervisor.pid, 'SIGINT');
  await exit;
}

/** Kills the engine, and sends an order to each partition at once. @returns ms until all are completed */
async function afterKill(stack: string, engine: number | undefined): Promise<number> {
  if (engine === undefined) throw new StackProblem(`No engine runs on the stack "${stack}".`);
  process.kill(engine, 'SIGKILL');
  const since = performance.now();
  const orders = Array.from({ length: SAGA_PARTITIONS }, () => waitFor('accepted order', () => place(stack)));
  for (const id of await Promise.all(orders)) await waitFor('completed order', () => isCompleted(stack, id));
  return Math.round(performance.now() - since);
}

const bodyOf = orderBodies();
let order = 0;

/** Places an order. @returns its id; undefined: nobody accepts it yet */
async function place(stack: string): Promise<string | undefined> {
  const api = readSystem(stack)?.urls.api;
  if (api === undefined) return undefined;
  const response = await request(stack, `${api}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: bodyOf(order++, 'good'),
  });
  if (response !== undefined && response.status >= 400 && response.status < 500)
    throw new StackProblem(`An order was refused: ${response.status} ${await response.text()}`);
  return response?.status === 202 ? ((await response.json()) as { orderId: string }).orderId : undefined;
}

async function isCompleted(stack: string, id: string): Promise<boolean> {
  const response = await request(stack, `${readSystem(stack)?.urls.api}/v1/orders/${id}`);
  return response?.ok === true && ((await response.json()) as { status: string }).status === 'completed';
}

/** @returns the response; undefined: nobody answers there */
async function request(stack: string, url: string, init: RequestInit = {}): Promise<Response | undefined> {
  const authorization = `Bearer ${await tokenFor(roleHolder('service'), stack)}`;
  try {
    return await fetch(url, { ...init, headers: { ...init.headers, authorization } });
  } catch {
    return undefined;
  }
}

async function waitFor<T>(what: string, read: () => Promise<T | undefined | false>): Promise<T> {
  const until = performance.now() + WITHIN_MS;
  while (performance.now() < until) {
    const found = await read();
    if (found !== undefined && found !== false) return found;
    await sleep(POLL_MS);
  }
  throw new StackProblem(`There was no ${what} within ${WITHIN_MS / 1000} s.`);
}

function pidsOf(stack: string): Record<string, number> {
  const processes = readSystem(stack)?.processes ?? {};
  return Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid]));
}
