/** `npm run settings`: prints every setting of every process; `--write` keeps the page in `deploy/settings.md`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/stack/places.ts';
import { runMain } from '../run/stack/problem.ts';
import { out, say } from '../run/terminal.ts';
import { listSettings, settingsPage } from './settings/list.ts';

const usage = 'usage: npm run settings [-- --write|--json]';

await runMain(async () => {
  const [option, ...others] = process.argv.slice(2);
  if (others.length > 0 || ![undefined, '--write', '--json'].includes(option)) {
    say(usage);
    return 2;
  }
  const settings = listSettings();
  if (option === '--json') out(JSON.stringify(settings, null, 2));
  else if (option === '--write') writeFileSync(join(root, 'deploy/settings.md'), settingsPage(settings));
  else out(settingsPage(settings));
  return 0;
}, usage);
