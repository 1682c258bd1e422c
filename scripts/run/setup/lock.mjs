/** A lock between processes: a file that names its holder, taken over when the holder has died. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const checkEveryMs = 50;
const reportAfterMs = 1_000;
const takeOverWithinMs = 10_000;

/**
 * Runs `work` while holding the lock; waits for its present holder.
 * @template T
 * @param {string} file the lock's file
 * @param {{ waitMs: number, onWait?: (pid: number) => void }} bound how long to wait, and a callback that is called
 * once after a second of waiting
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, bound, work) {
  mkdirSync(dirname(file), { recursive: true });
  const began = Date.now();
  const end = began + bound.waitMs;
  let waiting = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (Date.now() > end) {
      throw new Error(
        `Process ${holder} holds ${file} for too long: end it, or remove the file, and try again.`,
      );
    }
    if (holder !== 0 && !waiting && Date.now() - began > reportAfterMs) {
      waiting = true;
      bound.onWait?.(holder);
    }
    await new Promise((resolve) => setTimeout(resolve, checkEveryMs));
  }
  try {
    return await work();
  } finally {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  if (create(file)) return true;
  const holder = holderOf(file);
  if (holder !== 0 && isAlive(holder)) return false;
  // Dead, or it is being written this moment: only one of us may judge that, and remove it.
  const guard = `${file}.judge`;
  if (!create(guard)) {
    if (ageMs(guard) > takeOverWithinMs) rmSync(guard, { force: true });
    return false;
  }
  try {
    const still = holderOf(file);
    if ((still === holder && still !== 0) || ageMs(file) > takeOverWithinMs) rmSync(file, { force: true });
    return create(file);
  } finally {
    rmSync(guard, { force: true });
  }
}

/** @param {string} file */
function create(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** The pid in a lock's file; 0 where it cannot be read. @param {string} file */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

/** @param {string} file */
function ageMs(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? Date.now() - stat.mtimeMs : 0;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
