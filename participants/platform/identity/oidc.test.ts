/**
 * Tokens of a provider that is not ours, through a whole HTTP application: each good one is accepted, each bad one answered 401, and
 * 503 while nobody can know. Nothing is answered 500.
 */
import { createPublicKey, type webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT } from 'jose';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { httpApp } from '../http/app.ts';
import { resource } from '../http/resource.ts';
import { ROLES } from '../process/auth-tokens.ts';
import { type Identity, openIdentity } from './identity.ts';
import { COOLDOWN_MS, REFRESH_MS, USABLE_MS } from './issuer-keys.ts';
import { credentialsWith } from './testing/credentials.ts';
import { AUDIENCE, freshKeys, startProvider, type TestProvider } from './testing/provider.ts';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
const ADMIN = { realm_access: { roles: ['offline_access', 'shop-admin'] } };
const LOCAL_SECRET = 'a local secret of over thirty-two characters';

describe('tokens of OpenID Connect issuers', () => {
  let provider: TestProvider;
  let partner: TestProvider;
  let folder: string;
  let identity: Identity;
  let server: Server;
  let url: string;
  const lines: string[] = [];
  /** Added to the clock of the process. */
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const log = {
    info: (event: string) => void lines.push(event),
    throttled: (_key: string, event: string, fields = {}) =>
      void lines.push(`${event} ${JSON.stringify(fields)}`),
  };

  const open = (more: object = {}) => {
    identity?.close();
    const issuers = [
      {
        issuer: provider.issuer,
        audience: AUDIENCE,
        type: 'at+jwt',
        roleClaim: ['realm_access', 'roles'],
        roles: [
          { value: 'shop-admin', role: 'admin' },
          { value: 'shop-support', role: 'operator' },
          { value: 'backend', role: 'service' },
        ],
        defaultRole: 'customer',
        customerClaim: 'customer_number',
        maxLifetimeSeconds: 3_600,
        ...more,
      },
      {
        issuer: partner.issuer,
        audience: 'urn:partner',
        roles: [{ value: 'orders', role: 'service' }],
        subjectPrefix: 'partner:',
      },
    ];
    writeFileSync(join(folder, 'issuers.json'), JSON.stringify(issuers));
    writeFileSync(join(folder, 'secret'), LOCAL_SECRET);
    const config = {
      OIDC_ISSUERS_FILE: join(folder, 'issuers.json'),
      AUTH_SECRET_FILE: join(folder, 'secret'),
    };
    identity = openIdentity(config, { now, log, credentials: credentialsWith(now) });
  };
  /** The status of an answer, and who the caller was. */
  const call = async (token: string): Promise<[number, unknown?]> => {
    const response = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    const body = (await response.json()) as { subject?: string; role?: string; type?: string };
    if (response.status !== 200) {
      expect(body.type, JSON.stringify(body)).to.match(/^urn:problem:order-saga:/);
      expect(response.headers.has(response.status === 503 ? 'retry-after' : 'www-authenticate')).to.equal(
        true,
      );
      return [response.status];
    }
    return [200, `${body.role} ${body.subject}`];
  };
  /** A token of claims, signed with a key of the test's choice. */
  const forged = async (
    claims: JWTPayload,
    header: { alg: string; kid?: string; typ?: string },
    key: Uint8Array | webcrypto.CryptoKey,
  ) => new SignJWT(claims).setProtectedHeader({ typ: 'at+jwt', ...header }).sign(key);

  before(async () => {
    [provider, partner] = await Promise.all([startProvider(), startProvider()]);
    folder = mkdtempSync(join(tmpdir(), 'issuers-'));
    open();
    const parts = {
      tokens: { verify: (token: string) => identity.verify(token) },
      log: { ...log, warn() {}, error: (event: string) => void lines.push(event) },
    };
    const app = httpApp(
      parts,
      () => null,
      { title: 'Me', about: '' },
      (routes) =>
        resource(routes, '/v1/me', {
          GET: {
            id: 'getMe',
            summary: 'The caller.',
            roles: ROLES,
            answers: {},
            handle: ({ principal }) => ({ status: 200, body: principal }) as never,
          },
        }),
    );
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    identity.close();
    rmSync(folder, { recursive: true });
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    await Promise.all([provider.stop(), partner.stop()]);
    // Whatever was sent, no defect was met.
    expect(lines).not.to.include('request-defect');
  });

  afterEach(async () => {
    aheadMs = 0;
    await provider.start();
  });

  for (const algorithm of ALGORITHMS) {
    it(`accepts ${algorithm}`, async () => {
      const token = await provider.token({ algorithm, claims: ADMIN });
      expect(decodeProtectedHeader(token).alg).to.equal(algorithm);
      expect(await call(token)).to.deep.equal([200, 'admin shop-backend']);
    });
  }

  it('maps claims: the first role that matches, the customer’s own number, a prefix for a second issuer', async () => {
    const as = (claims: object) => provider.token({ claims: claims as Record<string, unknown> }).then(call);
    expect(await as({ realm_access: { roles: ['backend', 'shop-support'] } })).to.deep.equal([
      200,
      'operator shop-backend',
    ]);
    expect(await as({ customer_number: 'C-7' })).to.deep.equal([200, 'customer C-7']);
    expect(await as({ realm_access: 'shop-admin', customer_number: 'C-7' })).to.deep.equal([
      200,
      'customer C-7',
    ]);
    const token = await partner.token({ audience: 'urn:partner', claims: { roles: 'orders' } });
    expect(await call(token)).to.deep.equal([200, 'service partner:shop-backend']);
    expect(await call(await partner.token({ audience: 'urn:partner' })), 'no role, no default').to.deep.equal(
      [401],
    );
  });

  it('lets no token be a customer without a number, nor the holder of an API key', async () => {
    const as = (claims: object) => provider.token({ claims: claims as Record<string, unknown> }).then(call);
    for (const customer_number of [undefined, '', 7, ['C-7'], { a: 1 }, 'x'.repeat(201), 'api-key:shop'])
      expect(await as({ customer_number }), String(customer_number)).to.deep.equal([401]);
  });

  describe('are refused', () => {
    before(() => open());
    const bad: Record<string, () => Promise<string> | string> = {
      'when another audience is meant': () =>
        provider.token({ audience: 'https://another.example', claims: ADMIN }),
      'of an issuer that is not listed': async () => {
        const stranger = await startProvider();
        return stranger.token({ claims: ADMIN }).finally(stranger.stop);
      },
      'of a listed issuer for another’s audience': () => partner.token({ audience: AUDIENCE, claims: ADMIN }),
      'that a listed issuer signed in the name of another': async () => {
        const claims = decodeJwt(await provider.token({ claims: ADMIN }));
        const key = partner.key('RS256');
        return forged(
          claims,
          { alg: 'RS256', ...(key.kid && { kid: key.kid }) },
          (await importJWK(key)) as webcrypto.CryptoKey,
        );
      },
      'that expired': async () => {
        const token = await provider.token({ claims: ADMIN, ttlS: 60 });
        aheadMs = 66_000;
        return token;
      },
      'of the future': async () => {
        const token = await provider.token({ claims: ADMIN });
        aheadMs = -10_000;
        return token;
      },
      'that live longer than the bound': () => provider.token({ claims: ADMIN, ttlS: 3_601 }),
      'that are unsigned': async () => {
        const [, claims] = (await provider.token({ claims: ADMIN })).split('.');
        return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`;
      },
      'that are unsigned, with a signature left in place': async () => {
        const [, claims, signature] = (await provider.token({ claims: ADMIN })).split('.');
        return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.${signature}`;
      },
      'signed with the public key as a shared secret (PEM)': async () => {
        const claims = decodeJwt(await provider.token({ claims: ADMIN }));
        const { kid = '', ...key } = provider.key('RS256');
        const pem = createPublicKey({ key: key as never, format: 'jwk' }).export({
          type: 'spki',
          format: 'pem',
        });
        return forged(claims, { alg: 'HS256', kid }, Buffer.from(pem));
      },
      'signed with the public key as a shared secret (its modulus)': async () => {
        const claims = decodeJwt(await provider.token({ claims: ADMIN }));
        const { kid = '', n = '' } = provider.key('RS256');
        return forged(claims, { alg: 'HS256', kid }, Buffer.from(n, 'base64url'));
      },
      'signed with the local secret in an issuer’s name': async () => {
        const claims = decodeJwt(await provider.token({ claims: ADMIN }));
        return forged(claims, { alg: 'HS256' }, Buffer.from(LOCAL_SECRET));
      },
      'that name the key of another algorithm': async () => {
        const claims = decodeJwt(await provider.token({ claims: ADMIN }));
        const { kid = '' } = provider.key('RS256');
        return forged(
          claims,
          { alg: 'ES256', kid },
          (await importJWK(provider.key('ES256'))) as webcrypto.CryptoKey,
        );
      },
      'that bring their own key': async () => {
        const claims = decodeJwt(await provider.token({ claims: ADMIN }));
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
        const [header, claims = '', signature] = (await provider.token({ claims: {} })).split('.');
        const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), ...ADMIN };
        return `${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`;
      },
      'of another type': async () => {
        const claims = decodeJwt(await provider.token({ claims: ADMIN }));
        const key = provider.key('RS256');
        return forged(
          claims,
          { alg: 'RS256', typ: 'JWT', ...(key.kid && { kid: key.kid }) },
          (await importJWK(key)) as webcrypto.CryptoKey,
        );
      },
      'without an expiry': async () => {
        const { exp: _exp, ...claims } = decodeJwt(await provider.token({ claims: ADMIN }));
        const key = provider.key('RS256');
        return forged(
          claims,
          { alg: 'RS256', ...(key.kid && { kid: key.kid }) },
          (await importJWK(key)) as webcrypto.CryptoKey,
        );
      },
      'that are cut short': async () => (await provider.token({ claims: ADMIN })).slice(0, -10),
      'that are no token': () => 'a.b.c',
      'that are far too long': () => provider.token({ claims: { ...ADMIN, padding: 'x'.repeat(9_000) } }),
    };
    for (const [what, make] of Object.entries(bad)) {
      it(what, async () => {
        expect(await call(await make())).to.deep.equal([401]);
      });
    }
  });

  it('may expire within the clock’s tolerance', async () => {
    const token = await provider.token({ claims: ADMIN, ttlS: 60 });
    aheadMs = 63_000;
    expect((await call(token))[0]).to.equal(200);
  });

  it('are not read by a name that JSON objects inherit', async () => {
    open({ roleClaim: 'constructor', roles: [], defaultRole: 'viewer' });
    expect(await call(await provider.token())).to.deep.equal([200, 'viewer shop-backend']);
    open();
  });

  it('are accepted under a rotated key without a restart, and a withdrawn key is refused', async () => {
    const before = await provider.token({ claims: ADMIN });
    expect((await call(before))[0]).to.equal(200);
    await provider.rotate();
    aheadMs += COOLDOWN_MS;
    expect((await call(await provider.token({ claims: ADMIN })))[0]).to.equal(200);
    expect((await call(before))[0], 'the key before is still published').to.equal(200);

    await provider.rotate({ keepOld: false });
    aheadMs += COOLDOWN_MS;
    expect((await call(await provider.token({ claims: ADMIN })))[0]).to.equal(200);
    expect((await call(before))[0], 'a verified token is forgotten with its key').to.equal(401);
  });

  it('with unknown keys make the provider be read once', async () => {
    open();
    expect((await call(await provider.token({ claims: ADMIN })))[0]).to.equal(200);
    const claims = decodeJwt(await provider.token({ claims: ADMIN }));
    const key = (await importJWK(provider.key('RS256'))) as webcrypto.CryptoKey;
    const before = provider.reads();
    aheadMs += COOLDOWN_MS;
    for (let round = 0; round < 50; round++)
      expect((await call(await forged(claims, { alg: 'RS256', kid: `unknown-${round}` }, key)))[0]).to.equal(
        401,
      );
    expect(provider.reads() - before).to.equal(1);
  });

  it('are answered 503 while the provider has never answered, and accepted as soon as it does', async () => {
    const token = await provider.token({ claims: ADMIN });
    await provider.stop();
    open();
    expect(await call(token)).to.deep.equal([503]);
    expect(await call(token), 'again, at once').to.deep.equal([503]);
    expect(
      (await call(await partner.token({ audience: 'urn:partner', claims: { roles: 'orders' } })))[0],
      'the other issuer',
    ).to.equal(200);
    await provider.start();
    aheadMs += COOLDOWN_MS;
    expect((await call(token))[0]).to.equal(200);
    expect(lines.some((line) => line.startsWith('issuer-away') && line.includes(provider.issuer))).to.equal(
      true,
    );
  });

  it('are accepted for an hour while the provider is down, and 503 where only it could tell', async () => {
    open();
    const [token, fresh] = await Promise.all(
      [0, 1].map((n) => provider.token({ claims: { ...ADMIN, n }, ttlS: 3_600 })),
    );
    expect((await call(token as string))[0]).to.equal(200);
    await provider.stop();
    aheadMs = COOLDOWN_MS;
    const claims = decodeJwt(token as string);
    const stranger = (await importJWK((await freshKeys())[0] as never)) as webcrypto.CryptoKey;
    expect(await call(await forged(claims, { alg: 'RS256', kid: 'new' }, stranger))).to.deep.equal([503]);
    aheadMs = USABLE_MS - 60_000;
    expect((await call(token as string))[0], 'one that was verified before').to.equal(200);
    expect((await call(fresh as string))[0], 'one that was not').to.equal(200);
    aheadMs = USABLE_MS + 1_000;
    expect(await call(token as string), 'its keys may have been withdrawn').to.deep.equal([503]);
    await provider.start();
  });

  it('are judged by keys that are read again in the background', async () => {
    expect(REFRESH_MS).to.be.at.most(USABLE_MS / 10);
    await waitUntil(
      () => lines.filter((line) => line === 'issuer-keys-read').length,
      (count) => count > 4,
    );
  });

  it('stand beside the tokens of a local stack', async () => {
    const claims = {
      role: 'viewer',
      sub: 'olga',
      iss: 'order-saga-orchestrator',
      aud: 'order-saga-orchestrator',
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 60,
    };
    expect(await call(await forged(claims, { alg: 'HS256' }, Buffer.from(LOCAL_SECRET)))).to.deep.equal([
      200,
      'viewer olga',
    ]);
  });
});
