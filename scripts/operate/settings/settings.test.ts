/** `deploy/settings.md` is what the schemas say, and the schemas know every setting that a local stack sets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '#scripts/run/stack/places.ts';
import { listSettings, settingsPage } from './list.ts';

describe('the list of settings', () => {
  it('is kept in deploy/settings.md', () => {
    expect(readFileSync(join(root, 'deploy/settings.md'), 'utf8'), 'npm run settings -- --write').to.equal(
      settingsPage(listSettings()),
    );
  });

  it('has every variable of compose that is ours', () => {
    const compose = readFileSync(join(root, 'deploy/compose.yml'), 'utf8');
    const block = /&process-environment\n([\s\S]*?)\n {2}depends_on/.exec(compose)?.[1] ?? '';
    const set = [...block.matchAll(/^ {4}([A-Z_]+):/gm)].map(([, name]) => name);
    const known = listSettings().map(({ name }) => name);
    expect(set).to.include('KAFKA_BROKERS');
    expect(
      set.filter((name) => name !== undefined && !/^PG/.test(name) && !known.includes(name)),
    ).to.deep.equal([]);
  });
});
