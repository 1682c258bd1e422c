/** A provider's keys, through a whole HTTP application: rotated, withdrawn, unknown, and 503 while only an absent provider could tell. */
import type { webcrypto } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, importJWK } from 'jose';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { COOLDOWN_MS, REFRESH_MS, USABLE_MS } from './issuer-keys.ts';
import { ADMIN, forged, type OidcApp, startOidcApp } from './testing/oidc-app.ts';
import { freshKeys } from './testing/provider.ts';

describe('tokens of OpenID Connect issuers', () => {
  let app: OidcApp;
  before(async () => {
    app = await startOidcApp();
  });
  after(() => app.close());
  afterEach(() => app.reset());

  it('are accepted under a rotated key without a restart, and a withdrawn key is refused', async () => {
    const before = await app.provider.token({ claims: ADMIN });
    expect((await app.call(before))[0]).to.equal(200);
    await app.provider.rotate();
    app.aheadMs += COOLDOWN_MS;
    expect((await app.call(await app.provider.token({ claims: ADMIN })))[0]).to.equal(200);
    expect((await app.call(before))[0], 'the key before is still published').to.equal(200);

    await app.provider.rotate({ keepOld: false });
    app.aheadMs += COOLDOWN_MS;
    expect((await app.call(await app.provider.token({ claims: ADMIN })))[0]).to.equal(200);
    expect((await app.call(before))[0], 'a verified token is forgotten with its key').to.equal(401);
  });

  it('with unknown keys make the provider be read once', async () => {
    app.open();
    expect((await app.call(await app.provider.token({ claims: ADMIN })))[0]).to.equal(200);
    const claims = decodeJwt(await app.provider.token({ claims: ADMIN }));
    const key = (await importJWK(app.provider.key('RS256'))) as webcrypto.CryptoKey;
    const before = app.provider.reads();
    app.aheadMs += COOLDOWN_MS;
    for (let round = 0; round < 50; round++)
      expect(
        (await app.call(await forged(claims, { alg: 'RS256', kid: `unknown-${round}` }, key)))[0],
      ).to.equal(401);
    expect(app.provider.reads() - before).to.equal(1);
  });

  it('are answered 503 while the provider has never answered, and accepted as soon as it does', async () => {
    const token = await app.provider.token({ claims: ADMIN });
    await app.provider.stop();
    app.open();
    expect(await app.call(token)).to.deep.equal([503]);
    expect(await app.call(token), 'again, at once').to.deep.equal([503]);
    expect(
      (await app.call(await app.partner.token({ audience: 'urn:partner', claims: { roles: 'orders' } })))[0],
      'the other issuer',
    ).to.equal(200);
    await app.provider.start();
    app.aheadMs += COOLDOWN_MS;
    expect((await app.call(token))[0]).to.equal(200);
    expect(
      app.lines.some((line) => line.startsWith('issuer-away') && line.includes(app.provider.issuer)),
    ).to.equal(true);
  });

  it('are accepted for an hour while the provider is down, and 503 where only it could tell', async () => {
    app.open();
    const [token, fresh] = await Promise.all(
      [0, 1].map((n) => app.provider.token({ claims: { ...ADMIN, n }, ttlS: 3_600 })),
    );
    expect((await app.call(token as string))[0]).to.equal(200);
    await app.provider.stop();
    app.aheadMs = COOLDOWN_MS;
    const claims = decodeJwt(token as string);
    const stranger = (await importJWK((await freshKeys())[0] as never)) as webcrypto.CryptoKey;
    expect(await app.call(await forged(claims, { alg: 'RS256', kid: 'new' }, stranger))).to.deep.equal([503]);
    app.aheadMs = USABLE_MS - 60_000;
    expect((await app.call(token as string))[0], 'one that was verified before').to.equal(200);
    expect((await app.call(fresh as string))[0], 'one that was not').to.equal(200);
    app.aheadMs = USABLE_MS + 1_000;
    expect(await app.call(token as string), 'its keys may have been withdrawn').to.deep.equal([503]);
    await app.provider.start();
  });

  it('are judged by keys that are read again in the background', async () => {
    expect(REFRESH_MS).to.be.at.most(USABLE_MS / 10);
    await waitUntil(
      () => app.lines.filter((line) => line === 'issuer-keys-read').length,
      (count) => count > 4,
    );
  });
});
