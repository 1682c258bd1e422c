/** How much CPU each process has used, from Linux's /proc: PostgreSQL counts with all its backends. */
import { readdirSync, readFileSync } from 'node:fs';

/** The name of the load generator's own row. */
export const GENERATOR = 'load generator';

/** A tick of /proc's clocks, ms: 100 a second on every Linux one meets. */
const TICK_MS = 10;

/** CPU time used so far, ms, by the name of a process; and the whole machine's. */
export interface CpuReading {
  readonly atMs: number;
  readonly processes: Readonly<Record<string, number>>;
  readonly idle: number;
  readonly stolen: number;
  readonly busy: number;
}

/** Shares of one core in percent: two cores make 200. */
export interface CpuShares {
  readonly processes: Readonly<Record<string, number>>;
  readonly idle: number;
  readonly steal: number;
  readonly busy: number;
}

/** Where a process stands in the tree, and the CPU time it and the children it has outlived have used, ms. */
interface Stat {
  readonly parent: number;
  readonly usedMs: number;
}

/**
 * Reads the CPU time of processes, each with all its descendants, and of this process alone, the generator.
 * @param pids by name; those of one name that has several (`engine`, `engine-2`) are kept apart
 * @returns null where there is no /proc
 */
export function readCpu(pids: Readonly<Record<string, number>>): CpuReading | null {
  let machine: string;
  try {
    machine = readFileSync('/proc/stat', 'utf8');
  } catch {
    return null;
  }
  const stats = readStats();
  const children = Map.groupBy(stats.keys(), (pid) => stats.get(pid)?.parent ?? 0);
  const withDescendants = (pid: number): number =>
    (stats.get(pid)?.usedMs ?? 0) +
    (children.get(pid) ?? []).reduce((sum, child) => sum + withDescendants(child), 0);
  const processes = Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, withDescendants(pid)]),
  );
  const { user, system } = process.cpuUsage();
  const { busy, idle, stolen } = parseMachine(machine);
  return {
    atMs: performance.now(),
    processes: { ...processes, [GENERATOR]: (user + system) / 1000 },
    busy,
    idle,
    stolen,
  };
}

/** The shares between two readings. */
export function cpuShares(from: CpuReading, to: CpuReading): CpuShares {
  const ms = to.atMs - from.atMs;
  const share = (before: number, after: number) => Math.round(((after - before) / ms) * 1000) / 10;
  return {
    // One that was started again in between has used less than before: all it used since then counts.
    processes: Object.fromEntries(
      Object.entries(to.processes).map(([name, used]) => {
        const before = from.processes[name] ?? used;
        return [name, share(before > used ? 0 : before, used)];
      }),
    ),
    idle: share(from.idle, to.idle),
    steal: share(from.stolen, to.stolen),
    busy: share(from.busy, to.busy),
  };
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
export function parseMachine(text: string): { busy: number; idle: number; stolen: number } {
  const ticks = (text.split('\n')[0] ?? '').trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
  return {
    busy: (user + nice + system + irq + softirq) * TICK_MS,
    idle: (idle + iowait) * TICK_MS,
    stolen: steal * TICK_MS,
  };
}

/** A line of /proc/PID/stat. The command may hold blanks and brackets: fields are counted from its last one. */
export function parseStat(text: string): Stat {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [used = 0, inKernel = 0, children = 0, childrenInKernel = 0] = fields.slice(11, 15);
  return { parent, usedMs: (used + inKernel + children + childrenInKernel) * TICK_MS };
}

function readStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      stats.set(Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'latin1')));
    } catch {
      // It has ended since.
    }
  }
  return stats;
}
