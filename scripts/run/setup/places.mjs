/** Paths and names that the set-up's steps share. */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The folder for everything that is not committed. */
export const local = join(root, '.local');

/** The folder of the stamps of finished steps. */
export const stamps = join(local, 'setup');

/** The folder for what this user's checkouts share and can be made again. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'order-saga-orchestrator');
