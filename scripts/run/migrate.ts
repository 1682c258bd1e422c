/** Applies the migrations to DATABASE_URL; with `--dump` writes prisma/schema.sql from a throw-away database instead. */
import { dumpSchema } from './setup/dump-schema.ts';
import { migrate } from './setup/migrate.ts';
import { freshDatabase } from './stack/fresh-database.ts';
import { checkProduction, runMain, StackProblem } from './stack/problem.ts';
import { defaultStack, stackUp } from './stack/stack.ts';
import { say } from './terminal.ts';

await runMain(async () => {
  if (process.argv[2] === '--dump') {
    const { postgres } = await stackUp({ name: defaultStack() });
    const database = await freshDatabase(postgres);
    await dumpSchema(database.url).finally(database[Symbol.asyncDispose]);
    return 0;
  }
  checkProduction();
  const url = process.env.DATABASE_URL;
  if (!url) throw new StackProblem('DATABASE_URL names no database: set it to a postgresql:// address.');
  const names = await migrate(url);
  say(names.length > 0 ? `applied: ${names.join(', ')}` : 'nothing to migrate');
  return 0;
});
