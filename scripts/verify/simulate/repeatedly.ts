/** Work that a process does again and again for as long as it lives. */
import { messageOf } from '#protocol/errors.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** Begins anew between `lowMs` and `highMs` after it has ended. A failure is told, and tried again. */
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
