/** The manual names what is there: every secret, and commands, files and settings that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { listSettings } from '#scripts/operate/settings/list.ts';
import { root } from '#scripts/run/stack/places.ts';
import { OVERLAYS } from './build-overlay.ts';
import { BY_OPERATORS, BY_PEOPLE, randomSecrets } from './secrets.ts';

const PAGES = ['deploy/README.md', 'deploy/kubernetes/README.md', 'deploy/security.md'];
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** Commands of a text that `package.json` does not have. */
const unknownCommands = (text: string) =>
  [...text.matchAll(/\bnpm run (?:-s )?([\w-]+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !(name in scripts));

/** Files of a text that are not there: links, from the page's folder, and paths of the project in code. */
function missingFiles(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = '']) =>
    normalize(join(dirname(page), path)),
  );
  const paths = [
    ...text.matchAll(/`((?:scripts|participants|orchestrator|auditor|prisma)\/[\w./-]+\.ts)`/g),
  ].map(([, path = '']) => path);
  return [...links, ...paths].filter((path) => !existsSync(join(root, path)));
}

/** Settings of the system that a text names and no process reads. */
function unknownSettings(text: string): string[] {
  const known = listSettings().map(({ name }) => name);
  return [
    ...text.matchAll(
      /`((?:KAFKA|DATABASE|REDIS|HTTP|METRICS|OIDC|REPLY|RETENTION|PRODUCTION)_[A-Z_]+[A-Z])[`=]/g,
    ),
  ]
    .map(([, name = '']) => name)
    .filter((name) => !known.includes(name) && !OF_SERVERS.includes(name));
}
/** Compose's own. */
const OF_SERVERS = ['REDIS_MAXMEMORY'];

/** Secrets without a row, themselves or as one of their family (`database-…`). */
function undocumented(text: string): string[] {
  const names = OVERLAYS.flatMap((overlay) => [
    ...BY_OPERATORS,
    ...Object.keys(BY_PEOPLE[overlay]),
    ...randomSecrets(overlay).keys(),
  ]);
  const families = [...text.matchAll(/`([\w-]+-)…`/g)].map(([, start = '']) => start);
  return names.filter(
    (name) => !text.includes(`\`${name}\``) && !families.some((start) => name.startsWith(start)),
  );
}

describe('the manual of a deployment', () => {
  for (const page of PAGES)
    it(`${page} names commands, files and settings that exist`, () => {
      const text = textOf(page);
      expect(unknownCommands(text)).to.deep.equal([]);
      expect(missingFiles(page, text)).to.deep.equal([]);
      expect(unknownSettings(text)).to.deep.equal([]);
    });

  it('lists every secret', () => {
    expect(undocumented(textOf('deploy/kubernetes/README.md'))).to.deep.equal([]);
  });

  it('would be seen with a command, a file, a setting or a secret that is not there', () => {
    expect(unknownCommands('`npm run -s depoly -- --write`')).to.deep.equal(['depoly']);
    expect(
      missingFiles('deploy/README.md', '[a](kubernetes/README.md#b), [c](kubernets/README.md)'),
    ).to.deep.equal(['deploy/kubernets/README.md']);
    expect(missingFiles('deploy/README.md', '`scripts/run/grants.ts`')).to.deep.equal([
      'scripts/run/grants.ts',
    ]);
    expect(unknownSettings('`KAFKA_BROKERS`, `KAFKA_BROKER`, `REDIS_URL=rediss://…`')).to.deep.equal([
      'KAFKA_BROKER',
    ]);
    expect(undocumented('`database-…`')).to.include('redis-tls').and.not.to.include('database-engine');
  });
});
