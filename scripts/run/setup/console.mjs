/** The web console's files: built whenever its sources, or the packages, have changed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './places.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';

const folder = join(root, 'orchestrator/console');

/**
 * @param {string} node
 * @param {(line: string) => Promise<void> | void} print
 */
export async function ensureConsole(node, print) {
  if (!existsSync(folder)) return;
  const sources = ['src', 'index.html', 'vite.config.ts', 'build.ts'].map((name) => join(folder, name));
  // The console shares one file with the command line.
  const shared = join(root, 'orchestrator/cli/parse-events.ts');
  const key = keyOf([], [...sources, shared, join(root, 'package-lock.json')]);
  if (existsSync(join(folder, 'dist/index.html')) && isStamped('console', key)) return;
  print('web console');
  await run(node, [join(root, 'scripts/operate/console/build.ts')], { cwd: root });
  stamp('console', key);
}
