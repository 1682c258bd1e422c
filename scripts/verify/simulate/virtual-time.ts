/**
 * Replaces the machine's timers and clocks with the scheduler's while a run lasts, so that no real timer fires inside
 * one. A timer belongs to the process whose event sets it, and ends with it.
 */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Entry, Scheduler } from './scheduler.ts';

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  dateNow: Date.now,
  random: Math.random,
  performanceNow: performance.now,
};
const realPromises = { ...timersPromises };

type Callback = (...args: unknown[]) => void;

/** The used part of the value that `setTimeout` returns. */
interface VirtualTimer {
  entry: Entry;
  unref(): VirtualTimer;
  ref(): VirtualTimer;
}

let outside = 0;

/** Runs work that is the machine's and not the simulated world's: a database driver's own timers are real. */
export async function onRealTime<T>(work: () => Promise<T>): Promise<T> {
  outside += 1;
  try {
    return await work();
  } finally {
    outside -= 1;
  }
}

/** Modules import these functions by name: only the loader can give them others. */
function replacePromises(functions: object): void {
  Object.assign(timersPromises, functions);
  syncBuiltinESMExports();
}

/** A timer as `node:timers/promises` has it: the value comes last. No simulated process ends a wait by a signal. */
const promised =
  (start: (run: Callback, ...args: never[]) => unknown) =>
  (...args: unknown[]): Promise<void> =>
    new Promise((resolve) => void start(() => resolve(), ...(args as never[])));

/** Installs virtual time. @returns a function that restores the machine's */
export function useVirtualTime(scheduler: Scheduler, random: Random): () => void {
  if (globalThis.setTimeout !== real.setTimeout) throw new Error('a run is under way in this process');
  const startedAt = scheduler.nowMs;
  const timer = (run: () => void, ms: number): VirtualTimer => {
    const handle = {
      entry: scheduler.in(ms, scheduler.current, run),
      unref: () => handle,
      ref: () => handle,
    };
    return handle;
  };
  const isVirtual = (handle: unknown): handle is VirtualTimer =>
    typeof handle === 'object' && handle !== null && 'entry' in handle;
  const clear = (handle: unknown) => {
    if (isVirtual(handle)) handle.entry.cancelled = true;
    else real.clearTimeout(handle as NodeJS.Timeout);
  };
  const virtual = {
    setTimeout: (run: Callback, ms = 0, ...args: unknown[]) =>
      outside > 0 ? real.setTimeout(run, ms, ...args) : timer(() => run(...args), ms),
    setImmediate: (run: Callback, ...args: unknown[]) =>
      outside > 0 ? real.setImmediate(run, ...args) : timer(() => run(...args), 0),
    setInterval: (run: Callback, ms = 0, ...args: unknown[]) => {
      if (outside > 0) return real.setInterval(run, ms, ...args);
      const again = () => {
        handle.entry = scheduler.in(ms, scheduler.current, again);
        run(...args);
      };
      const handle = timer(again, ms);
      return handle;
    },
    clearTimeout: clear,
    clearInterval: clear,
  };
  Object.assign(globalThis, virtual);
  replacePromises({ setTimeout: promised(virtual.setTimeout), setImmediate: promised(virtual.setImmediate) });
  Date.now = () => Math.floor(scheduler.nowMs);
  performance.now = () => scheduler.nowMs - startedAt;
  Math.random = random.next;
  return () => {
    const { dateNow, random: chance, performanceNow, ...timers } = real;
    Object.assign(globalThis, timers);
    replacePromises(realPromises);
    Date.now = dateNow;
    Math.random = chance;
    performance.now = performanceNow;
  };
}
