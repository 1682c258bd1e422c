/** The CPU cost of a run: read at both ends of its window, by process and by request. */
import { setTimeout as pause } from 'node:timers/promises';
import { type CpuReading, type CpuShares, cpuShares, GENERATOR, readCpu } from './cpu.ts';
import { round } from './percentiles.ts';
import type { RunClock } from './run-record.ts';

/** Readings at the start and at the end of a window; null where there is no /proc. */
export type CpuReadings = readonly [CpuReading | null, CpuReading | null];

export interface CpuFigures {
  /** In percent of one core; null where there is no /proc. */
  readonly cpu: CpuShares | null;
  /** CPU of the system's processes for each request that ended in the window, ms, the load generator's left out. */
  readonly cpuMsEach: number | null;
  /** The busy share of the whole machine, in percent of all its cores, without the load generator. */
  readonly machinePercent: number | null;
}

/** What begins and ends with a window. */
export interface Observed {
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** Reads when the run's clock shows a window's ends. */
export async function readCpuAt(
  window: { readonly fromMs: number; readonly toMs: number },
  clock: RunClock,
  pids: Readonly<Record<string, number>>,
  observed?: Observed,
): Promise<CpuReadings> {
  const at = async (ms: number, then?: () => Promise<void>) => {
    await pause(Math.max(0, ms - clock.now()));
    const reading = readCpu(pids);
    await then?.();
    return reading;
  };
  return Promise.all([
    at(window.fromMs, observed?.begin.bind(observed)),
    at(window.toMs, observed?.end.bind(observed)),
  ]);
}

/** The figures between two readings. */
export function cpuFigures([from, to]: CpuReadings, endedPerSecond: number): CpuFigures {
  if (from === null || to === null) return { cpu: null, cpuMsEach: null, machinePercent: null };
  const cpu = cpuShares(from, to);
  const generator = cpu.processes[GENERATOR] ?? 0;
  const percent = Object.values(cpu.processes).reduce((sum, share) => sum + share, 0) - generator;
  const all = cpu.busy + cpu.idle + cpu.steal;
  return {
    cpu,
    // A percent of a core is 10 ms of CPU a second.
    cpuMsEach: endedPerSecond === 0 ? null : Math.round((percent * 1000) / endedPerSecond) / 100,
    machinePercent: all === 0 ? null : round(((cpu.busy - generator) / all) * 100),
  };
}
