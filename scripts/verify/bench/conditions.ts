/** The conditions of a measurement: without them a figure means nothing. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { SAGA_PARTITIONS } from '#protocol/ids.ts';
import { root } from '#scripts/run/stack/places.ts';

/** The machine, the code and the moment. */
export interface Conditions {
  readonly at: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly node: string;
  /** With `+` where files differ from it. */
  readonly commit: string;
  readonly partitions: number;
  readonly brokers: number;
  readonly engines: number;
}

/** The conditions now, for a system of these processes. */
export function conditionsNow(pids: Readonly<Record<string, number>>): Conditions {
  const named = (pattern: RegExp) => Object.keys(pids).filter((name) => pattern.test(name)).length;
  return {
    at: new Date().toISOString(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit: commit(),
    partitions: SAGA_PARTITIONS,
    brokers: named(/^kafka(-\d+)?$/),
    engines: named(/^engine(-\d+)?$/),
  };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short=10', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'none';
  }
}
