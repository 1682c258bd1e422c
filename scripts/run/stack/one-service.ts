/** Single parts of a stack, stopped, killed and started: for the tests and the chaos runs. */

import { poll } from '../wait-until.ts';
import { isAlive, signal } from './detached.ts';
import { StackProblem } from './problem.ts';
import { endService, startService } from './run-service.ts';
import type { Service } from './service.ts';
import { locked, servicesOf } from './stack.ts';
import { readState, type StackState, writeState } from './state.ts';

const goneWithinMs = 5_000;

/**
 * Asks one part of a stack to end with its own signal, and waits until it has ended.
 * @param name the stack
 * @param service as in `processes`: `kafka`, `kafka-2`, `kafka-3`, `postgres`, `redis`
 */
export function stopService(name: string, service: string): Promise<void> {
  return locked(name, async () => {
    const state = stateOf(name);
    await endService(state, find(state, service));
    writeState(state);
  });
}

/** Starts one part of a stack on its old data, and waits until it answers. */
export function startOneService(name: string, service: string): Promise<void> {
  return locked(name, async () => {
    const state = stateOf(name);
    await startService(state, find(state, service));
  });
}

/** Sends a signal to one part of a stack; after SIGKILL it waits until the process is gone. */
export async function signalService(
  name: string,
  service: string,
  signalName: NodeJS.Signals,
): Promise<void> {
  const state = stateOf(name);
  const { signature } = find(state, service);
  const pid = state.pids[service];
  if (pid === undefined || !isAlive(pid, signature))
    throw new StackProblem(`${service} of the stack "${name}" does not run.`);
  signal(pid, signalName);
  if (signalName === 'SIGKILL') await poll(() => !isAlive(pid, signature), goneWithinMs, 10);
}

function stateOf(name: string): StackState {
  const state = readState(name);
  if (!state) throw new StackProblem(`There is no stack "${name}": \`npm run stack -- up --stack ${name}\`.`);
  return state;
}

function find(state: StackState, name: string): Service {
  const services = servicesOf(state);
  const service = services.find((one) => one.name === name);
  if (!service) throw new StackProblem(`"${name}" is none of ${services.map((one) => one.name).join(', ')}.`);
  return service;
}
