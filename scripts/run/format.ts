/** `npm run format`: formats every file and applies the linter's safe fixes; further arguments are paths. */
import { runMain } from './stack/problem.ts';
import { runTool } from './test/program.ts';

const withinMs = 60_000;

await runMain(async () => {
  const paths = process.argv.slice(2);
  return (await runTool('biome', ['check', '--write', ...(paths.length > 0 ? paths : ['.'])], withinMs))
    ? 0
    : 1;
});
