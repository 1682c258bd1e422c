/** Stamps: the key each step last ran for, so that a step is skipped while its inputs have not changed. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stamps } from './places.mjs';

/**
 * The key of a step: a hash over some texts and the content of files and folders. A missing file counts as empty.
 * @param {string[]} words such as a version
 * @param {string[]} paths files, or folders whose files are read at any depth
 * @returns {string}
 */
export function keyOf(words, paths) {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  for (const path of paths.flatMap(filesIn))
    hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

/**
 * True when the step last ran for this key.
 * @param {string} step
 * @param {string} key
 * @param {string} [folder]
 */
export function isStamped(step, key, folder = stamps) {
  try {
    return readFileSync(join(folder, step), 'utf8') === key;
  } catch {
    return false;
  }
}

/**
 * Notes that a step was done for this key.
 * @param {string} step
 * @param {string} key
 * @param {string} [folder]
 */
export function stamp(step, key, folder = stamps) {
  const file = join(folder, step);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
}

/**
 * Removes a step's stamp.
 * @param {string} step
 * @param {string} [folder]
 */
export function unstamp(step, folder = stamps) {
  rmSync(join(folder, step), { force: true });
}

/** @param {string} path @returns {string[]} */
function filesIn(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
