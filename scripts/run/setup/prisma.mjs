/** The Prisma client: generated from prisma/ whenever the schema has changed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './places.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';

const schema = join(root, 'prisma/schema');
const generated = join(root, 'prisma/generated');

/**
 * @param {string} node
 * @param {(line: string) => Promise<void> | void} print
 */
export async function ensurePrismaClient(node, print) {
  if (!existsSync(schema)) return;
  const cli = join(root, 'node_modules/prisma');
  const key = keyOf([], [schema, join(root, 'prisma.config.ts'), join(cli, 'package.json')]);
  if (existsSync(generated) && isStamped('prisma', key)) return;
  print('Prisma client');
  // Generating needs no schema engine; without this Prisma would try to download one.
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  };
  await run(node, [join(cli, 'build/index.js'), 'generate'], { cwd: root, env });
  stamp('prisma', key);
}
