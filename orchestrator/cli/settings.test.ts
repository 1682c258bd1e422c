/** Flag before profile before environment before the local stack; the local secret never signs a token for another host. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandFailure } from './failure.ts';
import { writeProfiles } from './profile-file.ts';
import { type Given, type Server, settingsOf } from './settings.ts';

const local = { url: async () => 'http://127.0.0.1:5000', token: async () => 'local token' };
const environment = { SAGA_URL: 'http://localhost:6000', SAGA_TOKEN: 'environment token' };

describe('settings', () => {
  it('are flags, then the environment, then the local stack', async () => {
    const flags = { url: 'http://a.example', token: 'flag token' };
    expect(await settingsOf(flags, { environment, local })).to.deep.equal(flags);
    expect(await settingsOf({}, { environment, local })).to.deep.equal({
      url: environment.SAGA_URL,
      token: environment.SAGA_TOKEN,
    });
    expect(await settingsOf({}, { environment: {}, local })).to.deep.equal({
      url: 'http://127.0.0.1:5000',
      token: 'local token',
    });
    expect(await settingsOf({}, { environment: { SAGA_URL: '', SAGA_TOKEN: '' }, local })).to.deep.equal({
      url: 'http://127.0.0.1:5000',
      token: 'local token',
    });
    const down = { ...local, url: async () => null };
    expect(await settingsOf({}, { environment: {}, local: down })).to.include({
      url: 'http://127.0.0.1:29080',
    });
  });

  describe('of a profile', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'profiles-'));
      writeProfiles(folder, {
        current: 'production',
        profiles: {
          production: { url: 'https://a.example', token: { from: 'env', name: 'PRODUCTION' } },
          staging: { url: 'https://b.example', couponsUrl: 'https://c.example' },
        },
      });
    });
    after(() => rmSync(folder, { recursive: true }));
    const all = { ...environment, PRODUCTION: 'production-token' };
    const of = (given: Given, server?: Server, variables: Record<string, string> = all) =>
      settingsOf(given, { environment: variables, local, profileFolder: folder }, server);

    it('are before the environment, and behind flags', async () => {
      expect(await of({})).to.deep.equal({ url: 'https://a.example', token: 'production-token' });
      expect(await of({ profile: 'staging' })).to.deep.equal({
        url: 'https://b.example',
        token: 'environment token',
      });
      expect(await of({}, 'orders', { ...all, SAGA_PROFILE: 'staging' })).to.include({
        url: 'https://b.example',
      });
      expect(await of({ profile: 'none' })).to.include({ url: environment.SAGA_URL });
      expect(await of({ token: 'flag token' })).to.include({ token: 'flag token' });
    });

    it('send its token to its server alone', async () => {
      expect(await of({ url: 'https://evil.example' })).to.include({ token: 'environment token' });
      expect(await of({ url: 'https://a.example/behind' })).to.include({ token: 'production-token' });
    });

    it('are of no other system’s coupon API', async () => {
      expect(await of({ profile: 'staging' }, 'coupons')).to.include({ url: 'https://c.example' });
      const failure = await of({}, 'coupons').catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(CommandFailure).with.property('exitCode', 2);
    });

    it('are none that is not there', async () => {
      for (const profile of ['gone', '__proto__', 'constructor']) {
        const failure = await of({ profile }).catch((error: unknown) => error);
        expect(failure, profile).to.be.instanceOf(CommandFailure).with.property('exitCode', 2);
      }
    });
  });

  for (const [url, exitCode] of [
    ['https://shop.example', 4],
    ['http://127.0.0.1.evil.example', 4],
    ['nonsense', 2],
    ['localhost:29080', 2],
    ['http://olga:secret@127.0.0.1:29080', 2],
  ] as const) {
    it(`of ${url} without a token end with ${exitCode}`, async () => {
      const failure = await settingsOf({ url }, { environment: {}, local }).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(CommandFailure).with.property('exitCode', exitCode);
    });
  }
});
