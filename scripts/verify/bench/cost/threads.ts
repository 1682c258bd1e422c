/** The CPU time of a process's threads by what they are for, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseStat } from '../cpu.ts';
import { PROFILING } from './kinds.ts';

/** By the name that the kernel keeps of a thread, of 15 characters at the most. */
const PURPOSES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^v8:ProfEvnt/, PROFILING],
  [/^rdk:/, 'librdkafka'],
  [/^(libuv-worker|node)$/, 'pool of libuv'],
  [/^(V8Worker|DelayedTask)/, 'V8: compiling, garbage collection'],
  [/^(G1|GC Thread|VM Thread|VM Periodic)/, 'JVM: garbage collection'],
  [/^C[12] Compiler/, 'JVM: compiling'],
  [/^data-plane-kaf/, 'requests'],
];

/** The main thread of a process of Node; the profile divides it. */
export const MAIN = 'main thread';

/** PostgreSQL is many processes: by the title that each gives itself. */
const BACKENDS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^postgres: (checkpointer|background writer|walwriter|autovacuum \w+|io worker)/, 'upkeep of the server'],
  [/^postgres: /, 'sessions'],
];

/** CPU time so far by purpose, ms. Empty when the process has ended. */
export function readThreads(pid: number): Map<string, number> {
  const purposeOf = (thread: number, name: string) =>
    thread === pid ? MAIN : (purposeIn(PURPOSES, name) ?? 'other');
  return sumByPurpose(
    listed(`/proc/${pid}/task`).map((thread) => ({
      folder: `/proc/${pid}/task/${thread}`,
      thread: Number(thread),
    })),
    ({ folder, thread }) => purposeOf(thread, readFileSync(`${folder}/comm`, 'utf8').trim()),
  );
}

/** CPU time so far of PostgreSQL's processes by purpose, ms. */
export function readBackends(postmaster: number): Map<string, number> {
  const own = listed('/proc').filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === postmaster);
  return sumByPurpose(
    own.map((pid) => ({ folder: `/proc/${pid}` })),
    ({ folder }) => purposeIn(BACKENDS, readFileSync(`${folder}/cmdline`, 'utf8')) ?? 'upkeep of the server',
  );
}

function sumByPurpose<T extends { readonly folder: string }>(
  all: readonly T[],
  purposeOf: (one: T) => string,
): Map<string, number> {
  const times = new Map<string, number>();
  for (const one of all) {
    try {
      const { usedMs } = parseStat(readFileSync(`${one.folder}/stat`, 'latin1'));
      const purpose = purposeOf(one);
      times.set(purpose, (times.get(purpose) ?? 0) + usedMs);
    } catch {
      // It has ended since.
    }
  }
  return times;
}

function purposeIn(known: ReadonlyArray<readonly [RegExp, string]>, name: string): string | undefined {
  return known.find(([pattern]) => pattern.test(name))?.[1];
}

function parentOf(pid: number): number | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).parent;
  } catch {
    return undefined;
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
