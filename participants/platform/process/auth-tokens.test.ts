/** Verifies tokens, and rejects forged, expired and malformed ones. */
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { openTokens, TOKEN_PARTY, tokenDigest } from './auth-tokens.ts';

const SECRET = new TextEncoder().encode('a secret of more than thirty-two characters');
const OTHER = new TextEncoder().encode('another one of more than thirty-two characters');
const NOW_MS = Date.UTC(2026, 10, 22);
const NOW_S = NOW_MS / 1000;

const CLAIMS = {
  ...{ role: 'service', sub: 'shop', iss: TOKEN_PARTY, aud: TOKEN_PARTY },
  ...{ iat: NOW_S - 10, exp: NOW_S + 60 },
};
/** Issued ten seconds ago, by a clock that may be five seconds ahead. */
const proof = { token: null, issuedAtMs: NOW_MS - 15_000 };
const sign = (claims: Record<string, unknown>, secret = SECRET, alg = 'HS256') =>
  new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg }).sign(secret);
const unsigned = () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(CLAIMS)}.`;
};

describe('a token', () => {
  it('gives its holder and role', async () => {
    const tokens = openTokens(SECRET, () => NOW_MS);
    expect(await tokens.verify(await sign({}))).to.deep.equal({ subject: 'shop', role: 'service', proof });
    const customer = await sign({ role: 'customer', sub: 'alice' });
    expect(await tokens.verify(customer)).to.deep.equal({ subject: 'alice', role: 'customer', proof });
    const named = await tokens.verify(await sign({ jti: 'an id' }));
    expect(named?.proof).to.deep.equal({ ...proof, token: tokenDigest('an id') });
  });

  const nobody: Record<string, () => Promise<string> | string> = {
    'that another secret signed': () => sign({}, OTHER),
    'that nobody signed': unsigned,
    'signed with another algorithm': () => sign({}, SECRET, 'HS512'),
    'that has expired': () => sign({ exp: NOW_S - 60 }),
    'that never expires': () => sign({ exp: undefined }),
    'that lives longer than a day': () => sign({ exp: NOW_S + 86_460 }),
    'that was to live longer than a day': () => sign({ iat: NOW_S - 86_400, exp: NOW_S + 60 }),
    'that says not when it was issued': () => sign({ iat: undefined }),
    'of the future': () => sign({ iat: NOW_S + 10 }),
    'for another audience': () => sign({ aud: 'another' }),
    'of another issuer': () => sign({ iss: 'another' }),
    'with an unknown role': () => sign({ role: 'root' }),
    'without a role': () => sign({ role: undefined }),
    'without a subject': () => sign({ sub: '' }),
    'that is none': () => 'x.y.z',
    'that is too long': () => sign({ padding: 'x'.repeat(5_000) }),
  };
  for (const [what, make] of Object.entries(nobody)) {
    it(`${what} has no holder`, async () => {
      expect(await openTokens(SECRET, () => NOW_MS).verify(await make())).to.equal(null);
    });
  }

  it('is cached until it expires', async () => {
    let nowMs = NOW_MS;
    const tokens = openTokens(SECRET, () => nowMs);
    const token = await sign({});
    expect(await tokens.verify(token)).not.to.equal(null);
    nowMs += 59_000;
    expect(await tokens.verify(token)).not.to.equal(null);
    nowMs += 10_000;
    expect(await tokens.verify(token)).to.equal(null);
  });
});
