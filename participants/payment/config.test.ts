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

  it('defaults to the address of Stripe', () => {
    expect(readGatewayConfig({ GATEWAY: 'stripe', GATEWAY_KEY: 'k' })).to.deep.equal({
      name: 'stripe',
      url: 'https://api.stripe.com',
      key: 'k',
      timeoutMs: 20_000,
      calls: 512,
    });
  });
});
