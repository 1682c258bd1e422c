/** Profiles against the real API: where the token comes from, who may read the file, and that no token is ever shown. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { runSaga, type Terminal } from './testing/terminal.ts';

describe('the saga command with profiles', () => {
  let api: TestApi;
  let token: string;
  let folder: string;
  let profileFolder: string;
  let issuer: Server;
  let issuerUrl: string;
  before(async () => {
    api = await startTestApi();
    token = await api.token('operator', 'olga');
    issuer = createServer(async (request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/.well-known/openid-configuration')
        return response.end(JSON.stringify({ issuer: issuerUrl, token_endpoint: `${issuerUrl}/token` }));
      const isClient = request.headers.authorization === `Basic ${btoa('cli:hidden')}`;
      response.statusCode = isClient ? 200 : 401;
      const granted = { access_token: token, token_type: 'bearer', expires_in: 60 };
      return response.end(JSON.stringify(isClient ? granted : { error: 'invalid_client' }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => issuer.once('listening', resolve));
    issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  });
  after(async () => {
    issuer.close();
    await api.close();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'profiles-'));
    profileFolder = join(folder, 'config', 'order-saga');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const saga = (args: string[], terminal: Terminal = {}) =>
    runSaga(api, args, { environment: {}, profileFolder, ...terminal });
  const added = (...args: string[]) => saga(['profile', 'add', 'here', '--url', api.url, '--use', ...args]);
  const fileOf = () => join(profileFolder, 'profiles.json');
  const written = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('take the token from a file, a variable, a command or an OpenID provider, and keep and show none', async () => {
    const secretFile = written('secret', 'hidden\n');
    const sources: ReadonlyArray<readonly string[]> = [
      ['--token-file', written('token', `${token}\n`)],
      ['--token-env', 'OLGAS'],
      ['--token-command', `cat ${written('other', token)}`],
      ['--oidc-issuer', issuerUrl, '--client-id', 'cli', '--client-secret-file', secretFile],
    ];
    for (const source of sources) {
      expect((await added(...source)).code, source.join(' ')).to.equal(0);
      const listed = await saga(['list', '-o', 'json'], { environment: { OLGAS: token } });
      expect(listed, source.join(' ')).to.include({ code: 0, out: '[]' });
      const shown = await saga(['profile', 'list']);
      expect(shown.out).to.match(/^\* +here +http/m);
      for (const secret of [token, 'hidden']) {
        expect(shown.out + shown.err + listed.err).not.to.include(secret);
        expect(readFileSync(fileOf(), 'utf8')).not.to.include(secret);
      }
    }
  });

  it('are in a file for its owner alone, whatever the mask, and are refused where others may read it', async () => {
    const before = process.umask(0);
    try {
      await added('--token-env', 'OLGAS');
    } finally {
      process.umask(before);
    }
    expect(statSync(fileOf()).mode & 0o777).to.equal(0o600);
    expect(statSync(profileFolder).mode & 0o077).to.equal(0);
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(fileOf(), mode);
      const refused = await saga(['list']);
      expect(refused.code).to.equal(2);
      expect(refused.err).to.include(`chmod 600 ${fileOf()}`);
    }
    chmodSync(fileOf(), 0o600);
    writeFileSync(fileOf(), '{"current":"here"');
    expect(await saga(['list'])).to.include({ code: 1 });
  });

  it('are used, left and removed', async () => {
    await added('--token-env', 'OLGAS');
    const environment = { OLGAS: token };
    expect((await saga(['list'], { environment })).code).to.equal(0);
    expect((await saga(['profile', 'use', 'gone'])).code).to.equal(5);
    expect((await saga(['profile', 'use', 'none'])).code).to.equal(0);
    // Without it: the local stack's address, at which nothing runs here.
    expect((await saga(['profile', 'list', '-o', 'json'])).out).to.include('"current": false');
    expect((await saga(['list', '--profile', 'here'], { environment })).code).to.equal(0);
    expect((await saga(['profile', 'remove', 'here'])).code).to.equal(0);
    expect((await saga(['list', '--profile', 'here'], { environment })).code).to.equal(2);
    expect((await saga(['profile', 'list'])).out).to.equal('no profiles');
  });

  it('that give no token end with 4, and say where it was sought, not what was found', async () => {
    const cases: ReadonlyArray<readonly [source: readonly string[], says: string]> = [
      [['--token-file', join(folder, 'gone')], 'gone'],
      [['--token-env', 'UNSET'], 'UNSET'],
      [['--token-command', 'echo secret-text; exit 3'], 'ended with 3'],
      [['--token-command', 'printf "secret-text two"'], 'no token'],
      [
        ['--oidc-issuer', issuerUrl, '--client-id', 'cli', '--client-secret-file', written('s', 'wrong')],
        'cli',
      ],
    ];
    for (const [source, says] of cases) {
      await added(...source);
      const failed = await saga(['list']);
      expect(failed.code, source.join(' ')).to.equal(4);
      expect(failed.err).to.include(says).and.not.include('secret-text');
    }
  });

  it('are refused with a password in the address, two sources, or an OpenID provider without TLS', async () => {
    const url = ['--url', 'https://a.example'];
    for (const args of [
      ['here', '--url', 'https://olga:secret@a.example'],
      ['here', ...url, '--token-env', 'A', '--token-file', 'b'],
      [
        'here',
        ...url,
        '--oidc-issuer',
        'http://idp.example',
        '--client-id',
        'a',
        '--client-secret-file',
        'b',
      ],
      ['here', ...url, '--oidc-issuer', 'https://idp.example'],
      ['none', ...url],
      ['a/b', ...url],
      ['here'],
    ])
      expect((await saga(['profile', 'add', ...args])).code, args.join(' ')).to.equal(2);
  });
});
