/** Prometheus's list of processes on a local stack, changed and put back. */
import { readFileSync } from 'node:fs';
import { targetsFile } from '#scripts/run/stack/observe.ts';
import { placesOf } from '#scripts/run/stack/places.ts';
import { writeJson } from '#scripts/run/stack/state.ts';

type Targets = ReadonlyArray<{ readonly labels: { readonly job: string } }>;

const read = (stack: string): Targets => JSON.parse(readFileSync(targetsFile(placesOf(stack)), 'utf8'));

/** @returns how the present list is put back */
export function readTargets(stack: string): { restore(): void } {
  const targets = read(stack);
  return { restore: () => writeJson(targetsFile(placesOf(stack)), targets) };
}

/** Takes a job out of the list. */
export function writeTargetsWithout(stack: string, job: string): void {
  writeJson(
    targetsFile(placesOf(stack)),
    read(stack).filter(({ labels }) => labels.job !== job),
  );
}
