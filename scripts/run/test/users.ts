/** Who uses the stack of the tests now: several runs may share it, and the last one that leaves takes it down. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../stack/detached.ts';
import { placesOf } from '../stack/places.ts';

/** Notes that this process uses a stack, until the returned function is called; that says whether nobody else does. */
export function useStack(name: string): () => boolean {
  const folder = join(placesOf(name).folder, 'users');
  const own = join(folder, String(process.pid));
  mkdirSync(folder, { recursive: true });
  writeFileSync(own, '');
  return () => {
    rmSync(own, { force: true });
    return readdirSync(folder).every((pid) => {
      const gone = commandLine(Number(pid)) === '';
      if (gone) rmSync(join(folder, pid), { force: true });
      return gone;
    });
  };
}
