/** Flag before environment before the local stack; the local secret never signs a token for another host. */
import { expect } from 'chai';
import { CommandFailure } from './failure.ts';
import { settingsOf } from './settings.ts';

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
