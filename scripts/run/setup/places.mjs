/** Paths and names that the set-up's steps share. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The folder for everything that is not committed. */
export const local = join(root, '.local');

/** The folder of the stamps of finished steps. */
export const stamps = join(local, 'setup');
