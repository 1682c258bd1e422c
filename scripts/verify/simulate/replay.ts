/** One seed again, with its story. */

import { out } from '#scripts/run/terminal.ts';
import type { Backend } from './backend.ts';
import { memoryBackends } from './memory-backend.ts';
import { pgliteBackends } from './pglite-backend.ts';
import type { SceneName } from './run-scene.ts';
import { runSeed } from './run-seed.ts';

/** Runs a seed and prints its story. @returns the exit code */
export async function replay(scene: SceneName, seed: number, backend: Backend['name']): Promise<number> {
  const backends = backend === 'pglite' ? await pgliteBackends() : memoryBackends();
  const { story, wrong, hash, events, settledMs } = await runSeed(scene, seed, backends);
  await backends.close();
  out(`${story}\n`);
  for (const line of wrong) out(`wrong: ${line}`);
  const result = wrong.length === 0 ? 'all holds' : `${wrong.length} wrong`;
  out(`seed ${seed}: ${result}; ${events} events, at rest after ${settledMs / 1000} s, story ${hash}`);
  return wrong.length === 0 ? 0 : 1;
}
