/** A worker process: runs the seeds it receives, one after the other, and sends a report of each. */
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

/** The report of a seed: with the story only where the run failed. */
export type SeedReport = Omit<SeedResult, 'story'> & { readonly story?: string };

const open: Partial<Record<Backend['name'], Backends>> = {};

async function backendsOf(name: Backend['name']): Promise<Backends> {
  open[name] ??= name === 'pglite' ? await pgliteBackends() : memoryBackends();
  return open[name];
}

// Keeps the worker alive for its next piece: the preload that ends children with their parents unrefs the channel.
process.channel?.ref();
process.on('message', async ({ scene, backend, from, count }: Work) => {
  const backends = await backendsOf(backend);
  for (let seed = from; seed < from + count; seed++) {
    const { story, ...report } = await runSeed(scene, seed, backends);
    process.send?.({ ...report, ...(report.wrong.length > 0 && { story }) } satisfies SeedReport);
  }
  process.send?.('done');
});
