/** Starts, recognises and ends one part of a stack. */
import { readFileSync, statSync } from 'node:fs';
import { poll } from '../wait-until.ts';
import { end, isAlive, signal, startDetached } from './detached.ts';
import { isFree } from './ports.ts';
import { StackProblem } from './problem.ts';
import type { Service } from './service.ts';
import { type StackState, writeState } from './state.ts';

// It ends what hangs: one that dies is seen at once. A broker that reads its log again on a busy machine takes over a minute.
const startWithinMs = 180_000;
const endWithinMs = 20_000;
const freeWithinMs = 3_000;

/** True when a part of a stack lives. It may not answer: it started a moment ago, or SIGSTOP froze it. */
export function lives(state: StackState, service: Service): boolean {
  return isAlive(state.pids[service.name], service.signature);
}

/** True when a part of a stack lives and answers. */
export async function runs(state: StackState, service: Service): Promise<boolean> {
  return lives(state, service) && service.answers(state.pids[service.name] as number);
}

/** Starts a part unless it lives already, notes its pid in the state, and waits until it answers. */
export async function startService(
  state: StackState,
  service: Service,
  print?: (line: string) => void,
): Promise<void> {
  if (!lives(state, service)) {
    const began = performance.now();
    await checkPorts(state, service);
    if (!(await poll(() => launched(state, service), startWithinMs, 200))) {
      throw new StackProblem(`${service.name} does not start. ${whyIn(service.logFile)}`);
    }
    print?.(`${service.name} is up (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    return;
  }
  await answering(state, service);
}

/** Ends a part, with SIGKILL when it does not end by itself. Returns its name if it ran. */
export async function endService(state: StackState, service: Service): Promise<string | undefined> {
  const pid = state.pids[service.name];
  const was = lives(state, service);
  if (was) {
    // One that was stopped with SIGSTOP could not obey.
    signal(pid as number, 'SIGCONT');
    await end(pid as number, service.signature, service.endSignal, endWithinMs);
  }
  delete state.pids[service.name];
  return was ? service.name : undefined;
}

/** Starts the process and waits for its first answer; false when it ended for a reason that passes. */
async function launched(state: StackState, service: Service): Promise<boolean> {
  const logged = statSync(service.logFile, { throwIfNoEntry: false })?.size ?? 0;
  state.pids[service.name] = await startDetached(await service.prepare());
  writeState(state);
  try {
    await answering(state, service);
    return true;
  } catch (error) {
    if (service.passing?.test(readFileSync(service.logFile, 'utf8').slice(logged))) return false;
    throw error;
  }
}

async function answering(state: StackState, service: Service): Promise<void> {
  const pid = state.pids[service.name] as number;
  const outcome = await poll(
    async () => ((await service.answers(pid)) ? 'answers' : lives(state, service) ? undefined : 'died'),
    startWithinMs,
  );
  if (outcome === 'answers') return;
  const what =
    outcome === 'died' ? 'ended right after its start' : `did not answer within ${startWithinMs / 1000} s`;
  throw new StackProblem(`${service.name} ${what}. ${whyIn(service.logFile)}`);
}

async function checkPorts(state: StackState, service: Service): Promise<void> {
  for (const port of service.ports) {
    // A moment after a kill the old connections may still hold it.
    if (await poll(() => isFree(port), freeWithinMs, 200)) continue;
    const wayOut =
      state.name === 'dev'
        ? 'end the process that listens there, or choose other ports with STACK_PORT_BASE (such as 49000)'
        : `end what listens there, or forget the stack with \`npm run stack -- down --stack ${state.name} --wipe\``;
    throw new StackProblem(`Port ${port}, which ${service.name} needs, is taken: ${wayOut}.`);
  }
}

/** The last errors lines of a log, and the way to the rest. */
function whyIn(logFile: string): string {
  let lines: string[] = [];
  try {
    lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-400);
  } catch {
    return `It left no log at ${logFile}.`;
  }
  const full = lines.some((line) => line.includes('No space left on device'));
  if (full) return `The disk is full: make room, then try again (${logFile}).`;
  const errors = lines.filter((line) => /FATAL|ERROR|PANIC|rror:/.test(line)).slice(-3);
  return `Its log says: ${(errors.length > 0 ? errors : lines.slice(-3)).join(' | ')} (${logFile})`;
}
