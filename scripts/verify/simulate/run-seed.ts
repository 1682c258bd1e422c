/** One seed of a scene, on empty stores. */
import type { Backends } from './backend.ts';
import { issuingScene } from './issuing/issuing-scene.ts';
import { ordersScene } from './orders-scene.ts';
import { runScene, type SceneName, type SeedResult } from './run-scene.ts';

/** Runs it to its rest. */
export async function runSeed(scene: SceneName, seed: number, backends: Backends): Promise<SeedResult> {
  if (scene === 'orders') return runScene(seed, ordersScene(seed, await backends.next()));
  return runScene(seed, issuingScene(seed, await backends.nextIssuing()));
}
