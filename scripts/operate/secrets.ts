/**
 * `npm run secrets -- FOLDER`: searches a tree of files for secrets, such as an image's: `docker export` writes it as an archive.
 * What stands in a published package is no secret, so it is counted and does not fail the command.
 */
import { statSync } from 'node:fs';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { out, say } from '../run/terminal.ts';
import { filesUnder, secretsInFiles } from '../run/test/secrets.ts';

const USAGE = `usage: npm run secrets -- FOLDER
for an image: mkdir tree && docker export "$(docker create IMAGE)" | tar -x -C tree && npm run secrets -- tree`;
const IN_PACKAGE = /(?:^|\/)node_modules\//;
/** Kernel views in a running system; not in an image's archive. */
const NOT_FILES = /^(?:proc|sys|dev)\//;

await runMain(async () => {
  const [folder, ...more] = process.argv.slice(2);
  if (folder === undefined || more.length > 0) {
    say(USAGE);
    return 2;
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StackProblem(`${folder} is no folder: give the root of an image's tree.`);
  }
  let files = 0;
  const counted = function* () {
    for (const file of filesUnder(folder)) {
      if (NOT_FILES.test(file)) continue;
      files += 1;
      yield file;
    }
  };
  const found = secretsInFiles(folder, counted());
  const own = found.filter(({ file }) => !IN_PACKAGE.test(file));
  for (const { file, line, what } of own) out(`${file}:${line}: ${what}`);
  say(
    `${files} files searched: ${own.length} secrets; ${found.length - own.length} examples and test keys in published packages`,
  );
  return own.length === 0 ? 0 : 1;
}, USAGE);
