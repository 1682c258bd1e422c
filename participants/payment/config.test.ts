import { expect } from 'chai';
import { readGatewayConfig } from './config.ts';

describe("payment's configuration", () => {
  it('needs no address or key for the gateway none', () => {
    expect(readGatewayConfig({ GATEWAY: 'none', GATEWAY_URL: '' })).to.deep.equal({ name: 'none' });
  });

  it('names a missing variable', () => {
    expect(() => readGatewayConfig({ GATEWAY: 'simulator', GATEWAY_KEY: 'k' })).to.throw(/GATEWAY_URL/);
    expect(() => readGatewayConfig({ GATEWAY: 'simulator', GATEWAY_URL: 'http://127.0.0.1:1' })).to.throw(
      /GATEWAY_KEY/,
    );
    expect(() => readGatewayConfig({ GATEWAY: 'paypal' })).to.throw(/GATEWAY/);
  });

  it('receives webhooks only with a secret', () => {
    const port = { GATEWAY: 'stripe', GATEWAY_KEY: 'k', GATEWAY_WEBHOOK_PORT: '4242' };
    expect(() => readGatewayConfig(port)).to.throw(/GATEWAY_WEBHOOK_SECRET_FILE/);
    const { webhook } = readGatewayConfig({
      ...port,
      GATEWAY_WEBHOOK_SECRET_FILE: '/run/secrets/webhook',
    }) as { webhook: object };
    expect(webhook).to.include({ port: 4242, secretFile: '/run/secrets/webhook' });
    expect(readGatewayConfig({ ...port, GATEWAY_WEBHOOK_PORT: '' })).to.deep.include({ webhook: null });
  });

  it('defaults to the address of Stripe', () => {
    expect(readGatewayConfig({ GATEWAY: 'stripe', GATEWAY_KEY: 'k' })).to.deep.equal({
      name: 'stripe',
      url: 'https://api.stripe.com',
      key: 'k',
      timeoutMs: 20_000,
      calls: 512,
      callsPerSecond: 50,
      reconcileMs: 300_000,
      webhook: null,
    });
  });

  it('paces Stripe by default, the simulator once it refuses, and both by the setting', () => {
    const rate = (more: NodeJS.ProcessEnv) => {
      const config = readGatewayConfig({ GATEWAY_URL: 'http://127.0.0.1:1', GATEWAY_KEY: 'k', ...more });
      return config.name === 'none' ? null : config.callsPerSecond;
    };
    expect(rate({ GATEWAY: 'simulator' })).to.equal(Number.POSITIVE_INFINITY);
    expect(rate({ GATEWAY: 'simulator', GATEWAY_RATE_PER_SECOND: '20' })).to.equal(20);
    expect(rate({ GATEWAY: 'stripe', GATEWAY_RATE_PER_SECOND: '100' })).to.equal(100);
    expect(rate({ GATEWAY: 'stripe', GATEWAY_RATE_PER_SECOND: '0' })).to.equal(Number.POSITIVE_INFINITY);
  });
});
