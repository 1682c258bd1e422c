/** `deploy/compose.yml`: a password may hold any character. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { root } from './stack/places.ts';

const compose = readFileSync(join(root, 'deploy/compose.yml'), 'utf8');

/** A setting of every process, as compose fills it in. */
function settingOf(name: string, environment: Readonly<Record<string, string>>): string {
  const [, text = ''] = new RegExp(`^ {4}${name}: (.*)$`, 'm').exec(compose) ?? [];
  return text.replace(/\$\{(\w+):-(.*?)\}/g, (_, variable, fallback) => environment[variable] ?? fallback);
}

describe('deploy/compose.yml', () => {
  const { PGPASSWORD } = process.env;
  afterEach(() => {
    if (PGPASSWORD === undefined) delete process.env.PGPASSWORD;
    else process.env.PGPASSWORD = PGPASSWORD;
  });

  for (const password of ['local', 'p@ss/w#rd%41', 'a:b?c&d=e f', '100%', 'pa"ss\\word', '[::1]']) {
    it(`connects to its PostgreSQL with the password ${password}`, () => {
      const given = { POSTGRES_PASSWORD: password };
      process.env.PGPASSWORD = settingOf('PGPASSWORD', given);
      const client = new pg.Client({ connectionString: settingOf('DATABASE_URL', given) });
      expect(client).to.include({
        host: 'postgres',
        port: 5432,
        user: 'postgres',
        database: 'saga',
        password,
      });
    });
  }
});
