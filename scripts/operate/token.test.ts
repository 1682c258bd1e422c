/** `npm run token` makes tokens of a local stack, and none in production. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeJwt } from 'jose';

const run = (environment: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'token.ts'), '--role', 'admin', '--stack', 'test'], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });

describe('npm run token', () => {
  // It starts processes, on a machine that runs other tests.
  it('prints a token of a local stack', () => {
    const { status, stdout } = run({ NODE_ENV: undefined });
    expect(status).to.equal(0);
    expect(decodeJwt(stdout.trim())).to.include({ role: 'admin', sub: 'local-admin' });
  });

  it('refuses in production with a sentence, unless local-tokens is excepted', () => {
    const { status, stdout, stderr } = run({ NODE_ENV: 'production' });
    expect([status, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.match(/^Not in production: .* name local-tokens in PRODUCTION_EXCEPTIONS\.$/m);
    expect(run({ NODE_ENV: 'production', PRODUCTION_EXCEPTIONS: 'plain-kafka' }).status).to.equal(1);
    expect(run({ NODE_ENV: 'production', PRODUCTION_EXCEPTIONS: 'local-tokens' }).status).to.equal(0);
  });
});
