/** Runs a process's work again and again until the process ends. */
import { messageOf } from '#protocol/errors.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** Starts again between `lowMs` and `highMs` after the last end. Records a failure in the story and goes on. */
export function repeatedly(
  world: World,
  life: Life,
  lowMs: number,
  highMs: number,
  work: () => Promise<unknown>,
): void {
  const again = () =>
    world.scheduler.in(world.random.between(lowMs, highMs), life, () => {
      void work()
        .catch((error) => world.story.add(life.name, `failed, and tries again: ${messageOf(error)}`))
        .then(again);
    });
  again();
}
