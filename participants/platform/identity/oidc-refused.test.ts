/** Bad tokens in the name of a provider that is not ours, through a whole HTTP application: each is answered 401, none 500. */
import { createPublicKey, type webcrypto } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, importJWK, SignJWT } from 'jose';
import { ADMIN, forged, LOCAL_SECRET, type OidcApp, startOidcApp } from './testing/oidc-app.ts';
import { AUDIENCE, freshKeys, startProvider } from './testing/provider.ts';

describe('tokens of OpenID Connect issuers', () => {
  let app: OidcApp;
  before(async () => {
    app = await startOidcApp();
  });
  after(() => app.close());
  afterEach(() => app.reset());

  describe('are refused', () => {
    const bad: Record<string, () => Promise<string> | string> = {
      'when another audience is meant': () =>
        app.provider.token({ audience: 'https://another.example', claims: ADMIN }),
      'of an issuer that is not listed': async () => {
        const stranger = await startProvider();
        return stranger.token({ claims: ADMIN }).finally(stranger.stop);
      },
      'of a listed issuer for another’s audience': () =>
        app.partner.token({ audience: AUDIENCE, claims: ADMIN }),
      'that a listed issuer signed in the name of another': async () => {
        const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
        const key = app.partner.key('RS256');
        return forged(
          claims,
          { alg: 'RS256', ...(key.kid && { kid: key.kid }) },
          (await importJWK(key)) as webcrypto.CryptoKey,
        );
      },
      'that expired': async () => {
        const token = await app.provider.token({ claims: ADMIN, ttlS: 60 });
        app.aheadMs = 66_000;
        return token;
      },
      'of the future': async () => {
        const token = await app.provider.token({ claims: ADMIN });
        app.aheadMs = -10_000;
        return token;
      },
      'that live longer than the bound': () => app.provider.token({ claims: ADMIN, ttlS: 3_601 }),
      'that are unsigned': async () => {
        const [, claims] = (await app.provider.token({ claims: ADMIN })).split('.');
        return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`;
      },
      'that are unsigned, with a signature left in place': async () => {
        const [, claims, signature] = (await app.provider.token({ claims: ADMIN })).split('.');
        return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.${signature}`;
      },
      'signed with the public key as a shared secret (PEM)': async () => {
        const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
        const { kid = '', ...key } = app.provider.key('RS256');
        const pem = createPublicKey({ key: key as never, format: 'jwk' }).export({
          type: 'spki',
          format: 'pem',
        });
        return forged(claims, { alg: 'HS256', kid }, Buffer.from(pem));
      },
      'signed with the public key as a shared secret (its modulus)': async () => {
        const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
        const { kid = '', n = '' } = app.provider.key('RS256');
        return forged(claims, { alg: 'HS256', kid }, Buffer.from(n, 'base64url'));
      },
      'signed with the local secret in an issuer’s name': async () => {
        const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
        return forged(claims, { alg: 'HS256' }, Buffer.from(LOCAL_SECRET));
      },
      'that name the key of another algorithm': async () => {
        const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
        const { kid = '' } = app.provider.key('RS256');
        return forged(
          claims,
          { alg: 'ES256', kid },
          (await importJWK(app.provider.key('ES256'))) as webcrypto.CryptoKey,
        );
      },
      'that bring their own key': async () => {
        const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
        const [{ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk }] = (await freshKeys()) as [
          Record<string, string>,
        ];
        const [own] = await freshKeys();
        return new SignJWT(claims)
          .setProtectedHeader({
            alg: 'RS256',
            typ: 'at+jwt',
            jwk: jwk as never,
            jku: 'http://127.0.0.1:1/jwks',
          })
          .sign((await importJWK(own as never)) as webcrypto.CryptoKey);
      },
      'with a claim changed': async () => {
        const [header, claims = '', signature] = (await app.provider.token({ claims: {} })).split('.');
        const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), ...ADMIN };
        return `${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`;
      },
      'of another type': async () => {
        const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
        const key = app.provider.key('RS256');
        return forged(
          claims,
          { alg: 'RS256', typ: 'JWT', ...(key.kid && { kid: key.kid }) },
          (await importJWK(key)) as webcrypto.CryptoKey,
        );
      },
      'without an expiry': async () => {
        const { exp: _exp, ...claims } = decodeJwt(await app.provider.token({ claims: ADMIN }));
        const key = app.provider.key('RS256');
        return forged(
          claims,
          { alg: 'RS256', ...(key.kid && { kid: key.kid }) },
          (await importJWK(key)) as webcrypto.CryptoKey,
        );
      },
      'that are cut short': async () => (await app.provider.token({ claims: ADMIN })).slice(0, -10),
      'that are no token': () => 'a.b.c',
      'that are far too long': () => app.provider.token({ claims: { ...ADMIN, padding: 'x'.repeat(9_000) } }),
    };
    for (const [what, make] of Object.entries(bad)) {
      it(what, async () => {
        expect(await app.call(await make())).to.deep.equal([401]);
      });
    }
  });
});
