import { expect } from 'chai';
import { chargeFault, chargeStep } from '#protocol/charge-limits.ts';
import { refuseAmount } from '#scripts/gateway-simulator/stripe-currencies.ts';
import { GatewayRefusal } from '../gateway.ts';
import { fromStripeAmount, toStripeAmount } from './stripe-amounts.ts';

/** As Stripe's "Supported currencies" lists them. */
const ZERO_DECIMAL = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ');
const THREE_DECIMAL = 'BHD JOD KWD OMR TND'.split(' ');

const refusal = (amount: number, currency: string): string => {
  try {
    return String(toStripeAmount(amount, currency));
  } catch (error) {
    return error instanceof GatewayRefusal ? error.refusal.code : String(error);
  }
};

describe('an amount at Stripe', () => {
  it('has Stripe’s decimals: 500 for JPY 500, 500 for ISK 5', () => {
    for (const code of ZERO_DECIMAL) {
      const major = code === 'MGA' ? 100 : 1;
      expect(toStripeAmount(500 * major, code), code).to.equal(500);
      expect(fromStripeAmount(500, code.toLowerCase()), code).to.equal(500 * major);
    }
    for (const code of ['ISK', 'UGX']) {
      expect(toStripeAmount(2_000, code), code).to.equal(200_000);
      expect(fromStripeAmount(200_000, code.toLowerCase()), code).to.equal(2_000);
    }
    for (const code of THREE_DECIMAL) expect(toStripeAmount(5_120, code), code).to.equal(5_120);
    for (const code of ['EUR', 'HUF', 'TWD', 'IDR']) expect(toStripeAmount(500_000, code)).to.equal(500_000);
  });

  it('is refused where Stripe would refuse it', () => {
    expect(THREE_DECIMAL.map((code) => refusal(5_125, code))).to.deep.equal(
      THREE_DECIMAL.map(() => 'not-chargeable'),
    );
    expect([refusal(30, 'EUR'), refusal(1_000_000_000_000, 'EUR'), refusal(500, 'EUX')]).to.deep.equal([
      'below-minimum',
      'above-maximum',
      'unknown-currency',
    ]);
  });
});

describe('what can be charged', () => {
  it('is what the simulator takes as Stripe does, at both ends', () => {
    const taken = (amount: number, code: string) => refuseAmount(amount, code.toLowerCase()) === null;
    for (const code of 'EUR USD GBP HUF CZK AED JPY KRW ISK UGX MGA KWD TND IDR COP INR THB'.split(' ')) {
      const step = chargeStep(code);
      const isFaulty = (amount: number) => chargeFault(amount, code) !== null;
      let smallest = step;
      while (isFaulty(smallest)) smallest += step;
      let largest = smallest;
      for (let stride = 2 ** 40 * step; stride >= step; stride /= 2)
        if (!isFaulty(largest + stride)) largest += stride;
      for (const amount of [smallest, largest])
        expect(taken(toStripeAmount(amount, code), code), `${amount} ${code}`).to.equal(true);
      const unit = toStripeAmount(smallest + step, code) - toStripeAmount(smallest, code);
      for (const amount of [toStripeAmount(smallest, code) - unit, toStripeAmount(largest, code) + unit])
        expect(taken(amount, code), `${amount} ${code} at the gateway`).to.equal(false);
    }
  });
});
