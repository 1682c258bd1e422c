/**
 * How short the CPU is, from 0 (plenty is idle) to 1 (each CPU-ms counts). Work that saves CPU at the cost of latency, the linger
 * of consumers and group commits, is scaled by it.
 *
 * A loop through the CPU: less linger makes the machine busier, and a busier machine brings the linger back. It settles
 * because the shortage rises over a span of the scale, and follows the measured share with a delay of seconds.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import * as z from 'zod';
import { Gauge, registry } from './metrics.ts';

/** The environment of every process's linger. */
export const lingerConfig = z.object({
  LINGER_FROM_PERCENT: z.coerce
    .number()
    .min(0)
    .max(100)
    .default(75)
    .describe(
      'How busy the machine, or the container by its CPU limit, must be before consumers and group commits linger for more messages; halfway from there to 100 they linger in full. 100: they never do. 0: by the rate of messages alone, where brokers or PostgreSQL are on other machines and short of CPU.',
    ),
});

const lingerShare = new Gauge({
  name: 'linger_cpu_shortage_ratio',
  help: 'The share of their linger that consumers and group commits use: 0 while CPU is idle, 1 when it is short',
  registers: [registry],
});

const SAMPLE_EVERY_MS = 1_000;
/** The measured share is smoothed over about this time. */
const SMOOTHING_MS = 6_000;
const CGROUPS = '/sys/fs/cgroup';

/** The CPU time of a limited group of processes, or of the machine, since it started. */
export interface CpuCounter {
  /** In any unit, the same for both. */
  readonly busy: number;
  /** What could have been used. */
  readonly available: number;
}

/** The CPU time between two readings, as a share of what there was: of the scarcest of the counters. */
export function busyShare(before: readonly CpuCounter[], after: readonly CpuCounter[]): number {
  const shares = after.map((counter, i) => {
    const since = before[i] ?? counter;
    const available = counter.available - since.available;
    return available > 0 ? (counter.busy - since.busy) / available : 0;
  });
  return Math.min(1, Math.max(0, ...shares));
}

/** The smoothed share after one more of `elapsedMs`. */
export function smoothed(before: number, share: number, elapsedMs: number): number {
  return before + (1 - Math.exp(-elapsedMs / SMOOTHING_MS)) * (share - before);
}

/** 0 up to the share `from`, 1 from halfway between there and 1 on; with a `from` of 1 always 0. */
export function shortageAt(share: number, from: number): number {
  if (from >= 1) return 0;
  return Math.min(1, Math.max(0, (share - from) / ((1 - from) / 2)));
}

/** Of the first line of `/proc/stat`: user nice system idle iowait irq softirq steal. Waiting for a disk is idle; stolen time is not. */
export function machineCounter(stat: string): CpuCounter {
  const times = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/).slice(1, 9).map(Number);
  const available = times.reduce((sum, time) => sum + time, 0);
  return { busy: available - (times[3] ?? 0) - (times[4] ?? 0), available };
}

/** A control group's, by its `cpu.max` and `cpu.stat`; null without a limit. */
export function groupCounter(max: string, stat: string, nowMs: number): CpuCounter | null {
  const [quota = 'max', period = '100000'] = max.trim().split(' ');
  const used = /^usage_usec (\d+)/m.exec(stat)?.[1];
  if (quota === 'max' || used === undefined) return null;
  return { busy: Number(used), available: nowMs * 1_000 * (Number(quota) / Number(period)) };
}

/** The folders of the control groups (version 2) that a process is in, from its own upwards, by its `/proc/self/cgroup`. */
export function groupFolders(cgroup: string): string[] {
  const path = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  if (path === undefined) return [];
  const names = path.split('/').filter((name) => name !== '');
  return names.map((_, i) => [CGROUPS, ...names.slice(0, names.length - i)].join('/')).concat(CGROUPS);
}

let shortage = 1;

/** How short the CPU is now; 1 in a process that does not watch it. */
export const cpuShortage = (): number => shortage;

/** Whether a millisecond of latency is worth some CPU. */
export const isCpuIdle = (): boolean => shortage < 0.5;

/**
 * Reads the CPU's use once a second from now on.
 * @param fromPercent how busy it must be before it counts as short; 0: it always does
 */
export function watchCpu(fromPercent: number): void {
  lingerShare.set(shortage);
  if (fromPercent === 0) return;
  const folders = groupFolders(read('/proc/self/cgroup')).filter((folder) => groupOf(folder) !== null);
  const counters = () => [
    machineNow(),
    ...folders.flatMap((folder) => groupOf(folder) ?? { busy: 0, available: 0 }),
  ];
  let before = counters();
  let at = performance.now();
  let share: number | null = null;
  setInterval(() => {
    const [after, now] = [counters(), performance.now()];
    const latest = busyShare(before, after);
    share = share === null ? latest : smoothed(share, latest, now - at);
    before = after;
    at = now;
    shortage = shortageAt(share, fromPercent / 100);
    lingerShare.set(shortage);
  }, SAMPLE_EVERY_MS).unref();
}

function machineNow(): CpuCounter {
  const stat = read('/proc/stat');
  if (stat !== '') return machineCounter(stat);
  // A system other than Linux.
  const all = cpus().map(({ times }) => times);
  const available = all.flatMap((times) => Object.values(times)).reduce((sum, time) => sum + time, 0);
  return { busy: available - all.reduce((sum, { idle }) => sum + idle, 0), available };
}

function groupOf(folder: string): CpuCounter | null {
  return groupCounter(read(`${folder}/cpu.max`), read(`${folder}/cpu.stat`), performance.now());
}

/** An unreadable file is an empty one: the system has no such counter. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
