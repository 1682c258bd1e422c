/** Tokens of a provider that is not ours, through a whole HTTP application: which are accepted, and what their claims mean. */
import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { ADMIN, forged, LOCAL_SECRET, type OidcApp, startOidcApp } from './testing/oidc-app.ts';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

describe('tokens of OpenID Connect issuers', () => {
  let app: OidcApp;
  before(async () => {
    app = await startOidcApp();
  });
  after(() => app.close());
  afterEach(() => app.reset());

  for (const algorithm of ALGORITHMS) {
    it(`accepts ${algorithm}`, async () => {
      const token = await app.provider.token({ algorithm, claims: ADMIN });
      expect(decodeProtectedHeader(token).alg).to.equal(algorithm);
      expect(await app.call(token)).to.deep.equal([200, 'admin shop-backend']);
    });
  }

  it('maps claims: the first role that matches, the customer’s own number, a prefix for a second issuer', async () => {
    const as = (claims: object) =>
      app.provider.token({ claims: claims as Record<string, unknown> }).then(app.call);
    expect(await as({ realm_access: { roles: ['backend', 'shop-support'] } })).to.deep.equal([
      200,
      'operator shop-backend',
    ]);
    expect(await as({ customer_number: 'C-7' })).to.deep.equal([200, 'customer C-7']);
    expect(await as({ realm_access: 'shop-admin', customer_number: 'C-7' })).to.deep.equal([
      200,
      'customer C-7',
    ]);
    const token = await app.partner.token({ audience: 'urn:partner', claims: { roles: 'orders' } });
    expect(await app.call(token)).to.deep.equal([200, 'service partner:shop-backend']);
    expect(
      await app.call(await app.partner.token({ audience: 'urn:partner' })),
      'no role, no default',
    ).to.deep.equal([401]);
  });

  it('lets no token be a customer without a number, nor the holder of an API key', async () => {
    const as = (claims: object) =>
      app.provider.token({ claims: claims as Record<string, unknown> }).then(app.call);
    for (const customer_number of [undefined, '', 7, ['C-7'], { a: 1 }, 'x'.repeat(201), 'api-key:shop'])
      expect(await as({ customer_number }), String(customer_number)).to.deep.equal([401]);
  });

  it('may expire within the clock’s tolerance', async () => {
    const token = await app.provider.token({ claims: ADMIN, ttlS: 60 });
    app.aheadMs = 63_000;
    expect((await app.call(token))[0]).to.equal(200);
  });

  it('are not read by a name that JSON objects inherit', async () => {
    app.open({ roleClaim: 'constructor', roles: [], defaultRole: 'viewer' });
    expect(await app.call(await app.provider.token())).to.deep.equal([200, 'viewer shop-backend']);
    app.open();
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
    expect(await app.call(await forged(claims, { alg: 'HS256' }, Buffer.from(LOCAL_SECRET)))).to.deep.equal([
      200,
      'viewer olga',
    ]);
  });
});
