/**
 * Ends this process for sure. `process.exit` waits for every thread of libuv's pool, and a native call may hold one for ever, such as
 * a Kafka consumer that waits to leave its group; a native call on the main thread holds up every timer.
 */
import { flushCompileCache } from 'node:module';
import { Worker } from 'node:worker_threads';

const KILL_LATER = `const { workerData: ms } = require('node:worker_threads');
setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms);`;

/** Ends this process now, with an exit code, whatever its threads are at: another program with that code takes its place. */
export function exitNow(code: number): never {
  try {
    process.emit('exit', code);
    flushCompileCache();
    process.execve?.(process.execPath, [process.execPath, '-e', `process.exit(${code})`], {});
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
  throw new Error('it was killed');
}

/** Kills this process after a while, from a thread of its own, unless it has ended by then. */
export function killLater(withinMs: number): void {
  // Without this process's own preloads: they would hold the thread up.
  new Worker(KILL_LATER, { eval: true, workerData: withinMs, execArgv: [] }).unref();
}
