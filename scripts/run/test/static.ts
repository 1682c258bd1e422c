/** The checks that start nothing of ours: format and lint, types, boundaries, alerts, migrations, licences, secrets, words. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '#scripts/run/terminal.ts';
import { root } from '../stack/places.ts';
import { alertsAreRight } from './alerts.ts';
import { licencesAreRight } from './licences.ts';
import { migrationsAreRight } from './migrations.ts';
import { runTool } from './program.ts';
import { repositoryHasNoSecrets } from './secrets-in-repository.ts';
import { wordsAreRight } from './words.ts';

const withinMs = 5 * 60_000;
/** Whether the words of the whole project are checked too. */
const checksWords = true;
const code = ['auditor', 'orchestrator', 'participants', 'scripts'];

export const staticChecks: readonly { name: string; passes: () => Promise<boolean> }[] = [
  {
    name: 'format and lint',
    passes: () => runTool('biome', ['check', '--error-on-warnings', '.'], withinMs),
  },
  { name: 'types', passes: () => runTool('tsc', ['--noEmit'], withinMs) },
  // The browser's modules, with the browser's types.
  {
    name: 'types of the page',
    passes: () => runTool('tsc', ['--noEmit', '-p', 'scripts/shop/page'], withinMs),
  },
  {
    name: 'types of the console',
    passes: () => runTool('tsc', ['--noEmit', '-p', 'orchestrator/console'], withinMs),
  },
  { name: 'boundaries', passes: boundaries },
  { name: 'alerts', passes: () => alertsAreRight((line) => void say(line)) },
  { name: 'migrations', passes: async () => migrationsAreRight((line) => void say(line)) },
  { name: 'licences', passes: async () => licencesAreRight((line) => void say(line)) },
  { name: 'secrets', passes: async () => repositoryHasNoSecrets((line) => void say(line)) },
  ...(checksWords ? [{ name: 'words', passes: async () => wordsAreRight((line) => void say(line)) }] : []),
];

function boundaries(): Promise<boolean> {
  const folders = code.filter((folder) => existsSync(join(root, folder)));
  return runTool(
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...folders],
    withinMs,
  );
}
