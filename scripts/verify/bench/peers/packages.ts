/**
 * The packages of the peers: pinned in `dependencies/`, installed into the ignored folder the first time they are needed.
 * They are no part of the product: its package.json, its licences and its images do not know them.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npm } from '#scripts/run/setup/node.mjs';
import { isStamped, keyOf, stamp } from '#scripts/run/setup/stamp.mjs';
import { localFolder, root } from '#scripts/run/stack/places.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';

const STEP = 'bench-peers';
const pinned = join(import.meta.dirname, 'dependencies');
const folder = join(localFolder, 'peers');
const files = ['package.json', 'package-lock.json'];

/** Installs them where the pinned versions are not there yet, without their install scripts, which report usage. */
export async function ensurePeerPackages(print: (line: string) => void): Promise<void> {
  const key = keyOf(
    [process.platform, process.arch],
    files.map((file) => join(pinned, file)),
  );
  if (existsSync(join(folder, 'node_modules')) && isStamped(STEP, key)) return;
  print('packages of the peers (about 250 MB, once)');
  mkdirSync(folder, { recursive: true });
  for (const file of files) copyFileSync(join(pinned, file), join(folder, file));
  copyFileSync(join(root, '.npmrc'), join(folder, '.npmrc'));
  await npm(process.execPath, ['ci', '--ignore-scripts'], folder, {}, 'Is the npm registry reachable?');
  stamp(STEP, key);
}

/** Loads one of them. The caller names the part of its interface that it uses: it need not be there to check types. */
export function loadPeer<T>(name: string): T {
  return createRequire(join(folder, 'package.json'))(name) as T;
}

/** The installed version of one of them. */
export function versionOf(name: string): string {
  const file = join(folder, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The Restate server's program for this platform. @throws StackProblem where the package has none */
export function restateProgram(): string {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const program = join(folder, 'node_modules', name, 'bin', 'restate-server');
  if (!existsSync(program)) throw new StackProblem(`There is no ${name}: leave the Restate programs out.`);
  return program;
}
