/** Secrets that are found, and texts that are none. Each is put together here, or this file would be a finding itself. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { newKey } from '#platform/identity/api-keys.ts';
import { filesUnder, secretsIn, secretsInFiles } from './secrets.ts';

const found = (text: string, file = 'a.ts') => secretsIn(file, text).map(({ what }) => what);
const word = (length: number) => 'aB3'.repeat(length).slice(0, length);

describe('the search for secrets', () => {
  const secrets: Array<[string, string]> = [
    ['private key', `-----BEGIN ${'PRIVATE'} KEY-----\nMIIEvQ`],
    ['private key', `-----BEGIN RSA ${'PRIVATE'} KEY-----\nMIIEvQ`],
    ['AWS access key', `AKIA${'ABCD'.repeat(4)}`],
    ['GitHub token', `ghp_${word(36)}`],
    ['npm token', `//registry.example/:_authToken=${word(20)}`],
    ['Stripe live key', `sk_live_${word(24)}`],
    ['webhook secret', `whsec_${word(32)}`],
    ['API key of this product', newKey().key],
    ['signed token', `eyJ${word(20)}.eyJ${word(20)}.${word(43)}`],
    ['password in an address', `postgresql://api:${word(12)}@db.internal:5432/saga`],
  ];
  for (const [what, text] of secrets) {
    it(`finds: ${what} (${text.slice(0, 12)}…)`, () => {
      const [only, ...more] = secretsIn('a.ts', `// first\nconst x = '${text}';\n`);
      expect(only).to.deep.equal({ file: 'a.ts', line: 2, what });
      expect(more).to.deep.equal([]);
    });
  }

  for (const file of ['deploy/auth-secret', '.env', 'a/.env.production', 'keys/id_ed25519', 'x.p12']) {
    it(`finds the file ${file}`, () => expect(found('', file)).to.deep.equal(['file of a secret']));
  }

  for (const text of [
    `-----BEGIN ${'PUBLIC'} KEY-----\nMIIEvQ`,
    'postgresql://postgres@127.0.0.1:5432/saga',
    `postgresql://\${user}:\${password}@db/saga`,
    'postgresql://user:password@db/saga',
    'sk_test_local',
    'https://example.com/a:b@c',
    'Bearer $TOKEN',
  ]) {
    it(`passes over: ${text.slice(0, 40)}`, () => expect(found(text)).to.deep.equal([]));
  }

  it('searches a tree, follows no link, and leaves out what is no text', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    writeFileSync(join(folder, 'a/b/c.txt'), `x\nsk_live_${word(24)}`);
    writeFileSync(join(folder, 'binary'), `\0sk_live_${word(24)}`);
    symlinkSync(folder, join(folder, 'a/loop'));
    expect(secretsInFiles(folder, filesUnder(folder))).to.deep.equal([
      { file: 'a/b/c.txt', line: 2, what: 'Stripe live key' },
    ]);
    rmSync(folder, { recursive: true });
  });
});
