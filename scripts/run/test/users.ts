/** The runs that share the tests' stack now: the last one to leave takes it down. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../stack/detached.ts';
import { placesOf } from '../stack/places.ts';

/**
 * Registers this process as a user of a stack. The returned function unregisters it, and returns true when no user is
 * left.
 */
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
