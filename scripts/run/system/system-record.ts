/** The record that a running system leaves in its stack's folder, for `stack -- status` and for a second start. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessPlan } from '../processes.ts';
import { commandLine } from '../stack/detached.ts';
import { placesOf } from '../stack/places.ts';
import { readJson, writeJson } from '../stack/state.ts';
import type { Child } from './child.ts';

export type SystemRecord = {
  /** The process that started the system, and its command line, so that a reused pid is not taken for it. */
  supervisor: { pid: number; signature: string };
  urls: Partial<Record<'api' | 'coupons' | 'gateway' | 'shop', string>>;
  processes: Record<string, { pid: number; signature: string }>;
};

/** The record of the system on a stack; undefined where none runs (the record of a killed one is ignored). */
export function readSystem(stack: string, prefix = ''): SystemRecord | undefined {
  const record = readJson<SystemRecord>(fileOf(stack, prefix));
  if (!record) return undefined;
  return commandLine(record.supervisor.pid) === record.supervisor.signature ? record : undefined;
}

/** Writes the record as things are this moment. */
export function writeSystem(
  stack: string,
  prefix: string,
  plans: ProcessPlan[],
  urls: Record<string, string>,
  children: Iterable<Child>,
): void {
  const record: SystemRecord = {
    supervisor: { pid: process.pid, signature: commandLine(process.pid) },
    urls: Object.fromEntries(plans.flatMap(({ name, url }) => (url ? [[url, urls[name] as string]] : []))),
    processes: {},
  };
  for (const child of children) {
    const pid = child.pid();
    if (pid !== undefined) record.processes[child.name] = { pid, signature: child.entry };
  }
  writeJson(fileOf(stack, prefix), record);
}

/** Removes the record. */
export function removeSystem(stack: string, prefix: string): void {
  rmSync(fileOf(stack, prefix), { force: true });
}

const fileOf = (stack: string, prefix: string): string =>
  join(placesOf(stack).folder, prefix === '' ? 'system.json' : `system-${encodeURIComponent(prefix)}.json`);
