/** Processes that outlive the command that started them: start one, recognise it later, end it. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { localEnvironment } from '../setup/environment.mjs';
import { poll } from '../wait-until.ts';
import { StackProblem } from './problem.ts';

const maxLogBytes = 20 * 1024 * 1024;
const killWithinMs = 5_000;

export type Launch = Readonly<{
  command: string;
  args: string[];
  logFile: string;
  cwd?: string;
  /** Beside the local stack's environment. */
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}>;

/** Starts a process in a session of its own, its output appended to its log file, and returns its pid. */
export async function startDetached(launch: Launch): Promise<number> {
  const log = openLog(launch.logFile);
  try {
    const child = spawn(launch.command, launch.args, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: launch.cwd,
      env: { ...localEnvironment(process.env), ...launch.env },
      ...(launch.uid === undefined ? {} : { uid: launch.uid, gid: launch.gid }),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) =>
        reject(new StackProblem(`${launch.command} did not start: ${error.message}`)),
      );
    });
    child.unref();
    return child.pid as number;
  } finally {
    closeSync(log);
  }
}

/** Opens a log file for appending, emptied first where it has grown beyond 20 MB. */
export function openLog(file: string): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > maxLogBytes) truncateSync(file);
  return openSync(file, 'a');
}

/** True when a living process has this pid and its command line holds `signature`: a reused pid does not count. */
export function isAlive(pid: number | undefined, signature: string): boolean {
  return pid !== undefined && commandLine(pid).includes(signature);
}

/** A process's command line, or '' where there is no such (living) process. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line === '' ? '' : line;
    }
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** Sends a signal to a process that may have gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends a process with `first`, and with SIGKILL once `withinMs` have passed. Returns false when SIGKILL was needed.
 */
export async function end(
  pid: number,
  signature: string,
  first: NodeJS.Signals,
  withinMs: number,
): Promise<boolean> {
  const gone = () => !isAlive(pid, signature);
  if (gone()) return true;
  signal(pid, first);
  if (await poll(gone, withinMs, 25)) return true;
  signal(pid, 'SIGKILL');
  if (!(await poll(gone, killWithinMs, 25)))
    throw new StackProblem(`Process ${pid} does not end, not even with SIGKILL.`);
  return false;
}
