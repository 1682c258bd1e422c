/** `deploy/compose.yml` fits compose's own schema, and has no password that everybody knows. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { parse } from 'yaml';
import { connectionTo, databaseSecurity } from '#platform/connections/database-security.ts';
import { faultsIn } from '#platform/process/production.ts';
import { composeFaults } from '../operate/deploy/testing/compose-schema.ts';
import { root } from './stack/places.ts';

const text = readFileSync(join(root, 'deploy/compose.yml'), 'utf8');

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly image?: string;
}
interface Compose {
  /** Younger than the package's schema. */
  readonly name?: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { file: string }>>;
}

/** The file as compose reads it. @throws Error naming a variable without a default that is not set */
function read(environment: Readonly<Record<string, string>>, source = text): Compose {
  const filled = source.replace(
    /\$\{(\w+)(?::?-([^}]*)|:\?([^}]*))?\}/g,
    (_, name: string, fallback?: string, message?: string) => {
      const value = environment[name] ?? fallback;
      if (value === undefined) throw new Error(`${name}: ${message ?? 'is not set'}`);
      return value;
    },
  );
  return parse(filled, { merge: true });
}

const SET = { GATEWAY_KEY: 'sk_test_something' };

describe('deploy/compose.yml', () => {
  it('fits compose’s schema', () => {
    expect(composeFaults({ ...read(SET) })).to.deep.equal([]);
    const misspelt = read(
      SET,
      text
        .replace('    read_only: true', '    readonly: true')
        .replace('  read_only: true', '  readonly: true'),
    );
    expect(composeFaults({ ...misspelt }).join('\n')).to.match(
      /\/services\/api must NOT have additional properties/,
    );
  });

  it('has no password of its own: it starts with those that a person made, or not at all', () => {
    expect(() => read({})).to.throw(/GATEWAY_KEY: make deploy\/.env first/);
    const { services, secrets } = read(SET);
    for (const [name, { environment = {} }] of Object.entries(services)) {
      const known = faultsIn(environment).filter(({ exception }) => exception === 'known-passwords');
      expect(known, name).to.deep.equal([]);
      const given = Object.keys(environment).filter(
        (variable) => /PASS(WORD)?$|SECRET$/.test(variable) && environment[variable] !== '',
      );
      expect(given, `${name}: a password that is no file`).to.deep.equal([]);
    }
    const readme = readFileSync(join(root, 'deploy/README.md'), 'utf8');
    const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
    for (const [name, { file }] of Object.entries(secrets)) {
      expect(readme, `README says how to make ${name}`).to.match(
        new RegExp(`for secret in [^\\n]*\\b${name}\\b`),
      );
      expect(ignored).to.include(file.replace(/^\./, 'deploy'));
    }
  });

  it('gives PostgreSQL’s password as a file to those that connect to it, so that it may hold any character', () => {
    const { services } = read(SET);
    const users = Object.entries(services).filter(([, { environment }]) => environment?.DATABASE_URL);
    expect(users.length).to.be.greaterThan(10);
    for (const [name, { secrets = [], environment = {} }] of users) {
      if (['gateway', 'topics'].includes(name)) continue;
      expect(secrets, name).to.include('postgres-password');
      const { DATABASE_URL = '', DATABASE_PASSWORD_FILE } = environment;
      expect(DATABASE_PASSWORD_FILE).to.equal('/run/secrets/postgres-password');
      const client = new pg.Client(connectionTo(DATABASE_URL, databaseSecurity({})));
      expect(client).to.include({ host: 'postgres', port: 5432, user: 'postgres', database: 'saga' });
    }
  });

  for (const password of ['local', 'p@ss/w#rd%41', 'a:b?c&d=e f', '100%', 'pa"ss\\word', '[::1]']) {
    it(`connects to its PostgreSQL with the password ${password}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'compose-'));
      try {
        const file = join(folder, 'postgres-password');
        writeFileSync(file, `${password}\n`);
        const { DATABASE_URL = '' } = read(SET).services['api']?.environment ?? {};
        const security = databaseSecurity({ DATABASE_PASSWORD_FILE: file });
        const { password: given } = connectionTo(DATABASE_URL, security);
        expect(typeof given === 'function' ? given() : given).to.equal(password);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
