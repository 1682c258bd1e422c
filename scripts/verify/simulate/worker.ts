/** A worker process: runs the seeds it is handed, one after the other, and tells what came of them. */
import type { Backend, Backends } from './backend.ts';
import { memoryBackends } from './memory-backend.ts';
import { pgliteBackends } from './pglite-backend.ts';
import type { SceneName, SeedResult } from './run-scene.ts';
import { runSeed } from './run-seed.ts';

/** Seeds to run, in their order. */
export interface Work {
  readonly scene: SceneName;
  readonly backend: Backend['name'];
  readonly from: number;
  readonly count: number;
}

/** What is report of a seed: the story only where something is wrong. */
export type SeedReport = Omit<SeedResult, 'story'> & { readonly story?: string };

const open: Partial<Record<Backend['name'], Backends>> = {};

async function backendsOf(name: Backend['name']): Promise<Backends> {
  open[name] ??= name === 'pglite' ? await pgliteBackends() : memoryBackends();
  return open[name];
}

// A worker waits for its next piece; what ends children with their parents lets no channel keep them alive.
process.channel?.ref();
process.on('message', async ({ scene, backend, from, count }: Work) => {
  const backends = await backendsOf(backend);
  for (let seed = from; seed < from + count; seed++) {
    const { story, ...report } = await runSeed(scene, seed, backends);
    process.send?.({ ...report, ...(report.wrong.length > 0 && { story }) } satisfies SeedReport);
  }
  process.send?.('done');
});
