/** Measures what each process spends its CPU on between the two ends of a run's window. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll } from '#scripts/run/wait-until.ts';
import type { Observed } from '../cpu-cost.ts';
import type { Target } from '../target.ts';
import { type Profile, timeByKind } from './profile-cost.ts';
import { readStatements, resetStatements, type StatementCost } from './statements.ts';
import { MAIN, readBackends, readThreads } from './threads.ts';

const WRITTEN_WITHIN_MS = 30_000;
const FOLDER = 'BENCH_PROFILES';

/** One kind of a process's work, CPU ms in the window. */
export interface KindCost {
  readonly process: string;
  readonly kind: string;
  readonly ms: number;
}

export interface WindowCost {
  readonly kinds: readonly KindCost[];
  readonly statements: readonly StatementCost[];
}

export interface CostWindow extends Observed {
  /** Once the run has ended. */
  read(): Promise<WindowCost>;
}

/** The environment of the processes that are to be measured, and the folder of their profiles. */
export function profiling(): { environment: Record<string, string>; folder: string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cost-'));
  return {
    folder,
    environment: {
      NODE_OPTIONS: `--import ${new URL('./profiler.mjs', import.meta.url).href}`,
      [FOLDER]: folder,
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @param pids of the system's processes and of the stack's, by name */
export function costWindow(
  { databaseUrl }: Pick<Target, 'databaseUrl'>,
  pids: Readonly<Record<string, number>>,
  folder: string,
): CostWindow {
  const all = Object.entries(pids);
  const profiled = new Map(all.filter(([, pid]) => hasProfiler(pid)));
  const threads = () =>
    new Map(all.map(([name, pid]) => [name, name === 'postgres' ? readBackends(pid) : readThreads(pid)]));
  const toggle = () => {
    for (const pid of profiled.values()) process.kill(pid, 'SIGUSR2');
  };
  let [before, after] = [threads(), threads()];
  let statements: StatementCost[] = [];
  return {
    async begin() {
      toggle();
      await resetStatements(databaseUrl);
      before = threads();
    },
    async end() {
      after = threads();
      statements = await readStatements(databaseUrl);
      toggle();
    },
    async read() {
      const kinds: KindCost[] = [];
      for (const [name, pid] of all) {
        for (const [purpose, used] of after.get(name) ?? []) {
          const ms = used - (before.get(name)?.get(purpose) ?? 0);
          if (purpose !== MAIN || !profiled.has(name)) kinds.push({ process: name, kind: purpose, ms });
          else kinds.push(...divided(name, ms, timeByKind(await profileOf(folder, pid))));
        }
      }
      return { kinds, statements };
    },
  };
}

/** Whether a process was started with the profiler: the servers of the stack were not, and the signal would end them. */
function hasProfiler(pid: number): boolean {
  return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${FOLDER}=`);
}

/** The kernel knows how long the main thread ran, the profile what for. */
function divided(name: string, ms: number, times: ReadonlyMap<string, number>): KindCost[] {
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times].map(([kind, time]) => ({ process: name, kind, ms: (ms * time) / all }));
}

async function profileOf(folder: string, pid: number): Promise<Profile> {
  const file = join(folder, `${pid}.cpuprofile`);
  const parsed = () => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Profile;
    } catch {
      // Not written yet, or not whole.
      return null;
    }
  };
  const found = await poll(parsed, WRITTEN_WITHIN_MS, 200);
  if (!found) throw new Error(`the process ${pid} has written no profile`);
  return found;
}
