/** `npm run build`: builds the web console, which the API serves; `--types` writes its types of the API first. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runMain } from '../../run/stack/problem.ts';
import { say } from '../../run/terminal.ts';

const usage = 'usage: npm run build -- [--types]';

await runMain(async () => {
  const { values } = parseArgs({ options: { types: { type: 'boolean', default: false } } });
  if (values.types) {
    // Only here: it loads the whole API.
    const { servedDocument, TYPES_FILE, typesOf } = await import('./types.ts');
    writeFileSync(TYPES_FILE, await typesOf(await servedDocument()));
  }
  const { buildConsole } = await import('#orchestrator/console/build.ts');
  say(`console: ${await buildConsole()}`);
  return 0;
}, usage);
