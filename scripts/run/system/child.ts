/**
 * One process of the system: started, restarted when it crashes, and ended; it ends itself when its parent is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openLog } from '../stack/detached.ts';
import { root } from '../stack/places.ts';
import { poll } from '../wait-until.ts';
import { crashesInARow, restartDelayMs } from './backoff.ts';

const endWithinMs = 15_000;
const preload = `${pathToFileURL(join(root, 'scripts/run/setup/die-with-parent.mjs')).href}?withinMs=${endWithinMs}`;

export type ChildOptions = Readonly<{
  name: string;
  /** The file that Node runs, as an absolute path. */
  entry: string;
  logFile: string;
  environment: NodeJS.ProcessEnv;
  /** Restarts the process when it ends without `stop()`. */
  restarts: boolean;
  print: (line: string) => void;
  /** Called whenever its pid has changed. */
  onChange: () => void;
}>;

export type Child = Readonly<{
  name: string;
  entry: string;
  logFile: string;
  /** Its pid, or undefined while it is down. */
  pid(): number | undefined;
  /** How often it has died by itself. */
  deaths(): number;
  start(): void;
  /** Sends a signal; a death that follows counts as a crash. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it, with SIGKILL after 15 s; it stays down. */
  stop(): Promise<void>;
}>;

/** Makes a child of this process; nothing runs before `start()`. */
export function childOf(options: ChildOptions): Child {
  const { name, print } = options;
  let running: ChildProcess | undefined;
  let wanted = false;
  let again: NodeJS.Timeout | undefined;
  let inARow = 0;
  let deaths = 0;

  function start(): void {
    wanted = true;
    clearTimeout(again);
    if (running) return;
    const bornAt = performance.now();
    const child = launch(options);
    running = child;
    const died = (how: string) => {
      if (running !== child) return;
      running = undefined;
      options.onChange();
      if (!wanted) return;
      deaths++;
      if (!options.restarts) return print(`${name} ended (${how})`);
      inARow = crashesInARow(inARow, performance.now() - bornAt);
      const waitMs = restartDelayMs(inARow);
      print(`${name} ended (${how}); starting it again in ${waitMs / 1000} s — ${options.logFile}`);
      again = setTimeout(start, waitMs);
    };
    child.once('exit', (code, signal) => died(signal ?? `exit code ${code}`));
    child.once('error', (error) => died(error.message));
    options.onChange();
  }

  async function stop(): Promise<void> {
    wanted = false;
    clearTimeout(again);
    const child = running;
    if (!child) return;
    child.kill('SIGTERM');
    // One that was stopped with SIGSTOP could not obey.
    child.kill('SIGCONT');
    if (await poll(() => running !== child, endWithinMs, 20)) return;
    print(`${name} does not end by itself: killing it`);
    child.kill('SIGKILL');
    await poll(() => running !== child, endWithinMs, 20);
  }

  return {
    name,
    entry: options.entry,
    logFile: options.logFile,
    pid: () => running?.pid,
    deaths: () => deaths,
    start,
    kill: (signal) => void running?.kill(signal),
    stop,
  };
}

function launch({ entry, logFile, environment }: ChildOptions): ChildProcess {
  const log = openLog(logFile);
  try {
    // A group of its own, so that Ctrl-C in a terminal reaches only us: we decide the order of the end.
    return spawn(process.execPath, ['--import', preload, entry], {
      cwd: root,
      env: environment,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}
