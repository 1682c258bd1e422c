import { expect } from 'chai';
import Stripe from 'stripe';
import { GatewayOutage, GatewayRefusal } from '../gateway.ts';
import { gatewayError, refusalOf } from './stripe-errors.ts';

const said = (statusCode: number, more: object = {}) =>
  gatewayError(
    Stripe.errors.StripeError.generate({ type: 'api_error', message: 'said', statusCode, ...more } as never),
  );

describe("Stripe's errors", () => {
  it('a 5xx leaves the outcome unknown, and the gateway would repeat it to the same key', () => {
    const error = said(500) as GatewayOutage;
    expect(error).to.be.instanceOf(GatewayOutage);
    expect([error.outage, error.answered]).to.deep.equal(['gateway-error', true]);
  });

  it('a key in use and a locked object are transient, under the same key', () => {
    for (const error of [said(409), said(429, { code: 'lock_timeout' })] as GatewayOutage[])
      expect([error.outage, error.answered]).to.deep.equal(['gateway-busy', false]);
  });

  it('too many requests stop all calls for as long as Retry-After demands', () => {
    const waits = (retryAfter?: string) => {
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      const error = said(429, { code: 'rate_limit', headers }) as GatewayOutage;
      expect([error.outage, error.answered]).to.deep.equal(['gateway-limited', false]);
      return error.retryAfterMs;
    };
    expect([waits(), waits('3'), waits('0'), waits('86400'), waits('soon')]).to.deep.equal([
      1_000, 3_000, 0, 60_000, 1_000,
    ]);
    expect(waits(new Date(Date.now() + 5_000).toUTCString())).to.be.within(3_000, 5_000);
  });

  it('a wrong API key is an outage, no refusal to the customer', () => {
    for (const status of [401, 403])
      expect((said(status) as GatewayOutage).outage).to.equal('gateway-refuses-key');
  });

  it('any other 4xx is a refusal', () => {
    const error = said(400, { type: 'invalid_request_error', code: 'resource_missing' }) as GatewayRefusal;
    expect(error).to.be.instanceOf(GatewayRefusal);
    expect(error.refusal).to.deep.equal({ code: 'resource_missing', text: 'said' });
  });

  it('a shown text holds no card number, no control character and no half character', () => {
    const refusal = refusalOf({
      code: 'card_declined',
      message: `card 4242 4242 4242 4242\u0000 ${'\u{1f4b3}'.repeat(300)}`,
    });
    expect(refusal.text).to.match(/^card … /);
    expect(refusal.text?.isWellFormed()).to.equal(true);
    expect(refusal.text).not.to.match(/\p{Cc}/u);
  });
});
