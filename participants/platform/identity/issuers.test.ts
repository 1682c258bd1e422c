/** The file of issuers: what is malformed is named, with the file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openIdentity } from './identity.ts';
import { readIssuers } from './issuers.ts';
import { credentialsWith } from './testing/credentials.ts';

const SOUND = { issuer: 'https://login.example/realms/shop', audience: 'orders', defaultRole: 'customer' };

describe('the file of issuers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'issuers-'));
  const file = join(folder, 'issuers.json');
  after(() => rmSync(folder, { recursive: true }));
  const written = (content: unknown) => {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return () => readIssuers(file);
  };

  it('has defaults for all but the issuer, its audience and its roles', () => {
    expect(written([SOUND])()).to.deep.equal([
      {
        ...SOUND,
        algorithms: ['RS256', 'ES256', 'EdDSA'],
        roleClaim: 'roles',
        roles: [],
        customerClaim: 'sub',
        subjectPrefix: '',
        clockToleranceSeconds: 5,
        maxLifetimeSeconds: 86_400,
      },
    ]);
  });

  for (const [what, content, sentence] of [
    ['no JSON', '{', 'holds no JSON list'],
    ['an object', SOUND, 'expected array'],
    ['none', [], 'Too small'],
    ['no audience', [{ ...SOUND, audience: undefined }], '0.audience'],
    ['a plain address', [{ ...SOUND, issuer: 'http://login.example' }], '0.issuer: must be an https address'],
    ['a shared secret’s algorithm', [{ ...SOUND, algorithms: ['HS256'] }], '0.algorithms.0'],
    ['no algorithm', [{ ...SOUND, algorithms: ['none'] }], '0.algorithms.0'],
    ['an unknown role', [{ ...SOUND, defaultRole: 'root' }], '0.defaultRole'],
    ['a misspelt field', [{ ...SOUND, maxLifetime: 5 }], 'maxLifetime'],
    ['an issuer twice', [SOUND, { ...SOUND, subjectPrefix: 'b:' }], 'listed twice'],
    [
      'two issuers whose people may be mixed up',
      [SOUND, { ...SOUND, issuer: 'https://b.example' }],
      'subjectPrefix',
    ],
    ['no role', [{ ...SOUND, defaultRole: undefined }], 'each issuer needs `roles` or a `defaultRole`'],
  ] as const) {
    it(`is refused when it holds ${what}`, () => {
      expect(written(content)).to.throw(sentence).with.property('message').that.includes(file);
    });
  }

  it('or a local secret is needed', () => {
    const log = { info: () => {}, throttled: () => {} };
    expect(() => openIdentity({}, { now: () => 0, log, credentials: credentialsWith(() => 0) })).to.throw(
      /^configuration: set OIDC_ISSUERS_FILE .* or AUTH_SECRET_FILE/,
    );
  });
});
