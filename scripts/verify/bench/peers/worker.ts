/** The processes of a peer: one that runs its steps, with what the comparison needs to reach and to measure it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localEnvironment } from '#scripts/run/setup/environment.mjs';
import { openLog } from '#scripts/run/stack/detached.ts';
import { root } from '#scripts/run/stack/places.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';

const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 10_000;

/** The environment of a peer's process. */
export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly mailFolder: string;
  readonly from: string;
  readonly port: number;
  /** Which of its two ways to run the steps. */
  readonly mode: string;
  /** Its name, another for each process of a peer. */
  readonly process: string;
  /** Connections of a pool. */
  readonly pool: number;
}

/** A process that listens. */
export interface Worker {
  readonly pid: number;
  close(): Promise<void>;
}

/** Reads in the process what its parent has set. */
export function readSettings(): WorkerSettings {
  return JSON.parse(process.env['PEER_SETTINGS'] ?? '{}') as WorkerSettings;
}

/** Reports from the process that it listens. */
export function reportReady(): void {
  process.send?.('ready');
}

/**
 * Starts a program of ours under this Node, as the product's processes are started.
 * @param entry below this folder
 * @throws StackProblem when it ends or stays silent
 */
export async function startWorker(entry: string, settings: WorkerSettings, logFile: string): Promise<Worker> {
  const preload = pathToFileURL(join(root, 'scripts/run/setup/die-with-parent.mjs')).href;
  const args = ['--import', preload, join(import.meta.dirname, entry)];
  const environment = { PEER_SETTINGS: JSON.stringify(settings), NODE_ENV: 'production' };
  const child = startChild(process.execPath, args, environment, logFile, true);
  const ready = await Promise.race([
    once(child, 'message').then(() => true),
    once(child, 'exit').then(() => false),
    new Promise<false>((resolve) => setTimeout(resolve, READY_WITHIN_MS, false).unref()),
  ]);
  if (!ready) {
    child.kill('SIGKILL');
    throw new StackProblem(`${entry} does not listen: ${logFile} may say why.`);
  }
  return asWorker(child);
}

/** Starts a program that is not ours. */
export function startProgram(
  command: string,
  args: string[],
  environment: Record<string, string>,
  logFile: string,
): Worker & { readonly child: ChildProcess } {
  const child = startChild(command, args, environment, logFile, false);
  return { ...asWorker(child), child };
}

function startChild(
  command: string,
  args: string[],
  environment: Record<string, string>,
  logFile: string,
  talks: boolean,
): ChildProcess {
  const log = openLog(logFile);
  try {
    return spawn(command, args, {
      cwd: root,
      stdio: talks ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      env: { ...localEnvironment(process.env), ...environment },
    });
  } finally {
    closeSync(log);
  }
}

function asWorker(child: ChildProcess): Worker {
  // A comparison that is ended early leaves no process behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    async close() {
      process.removeListener('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const late = setTimeout(kill, END_WITHIN_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
