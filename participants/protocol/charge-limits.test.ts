import { expect } from 'chai';
import { chargeFault, chargeStep } from './charge-limits.ts';

const code = (amount: number, currency: string) => chargeFault(amount, currency)?.code ?? null;

describe('the limits of a charge', () => {
  it('are the gateway’s smallest and largest amounts, and nothing is always fine', () => {
    expect([code(0, 'EUR'), code(49, 'EUR'), code(50, 'EUR')]).to.deep.equal([null, 'below-minimum', null]);
    expect([code(29, 'GBP'), code(30, 'GBP'), code(17_499, 'HUF'), code(17_500, 'HUF')]).to.deep.equal([
      'below-minimum',
      null,
      'below-minimum',
      null,
    ]);
    for (const currency of ['USD', 'INR', 'IDR', 'JPY'])
      expect([code(999_999_999_999, currency), code(1_000_000_000_000, currency)], currency).to.deep.equal([
        null,
        'above-maximum',
      ]);
    expect(chargeFault(49, 'JPY')?.text).to.equal('the smallest charge is JPY 50');
  });

  it('count in ISO’s minor unit where the gateway has another', () => {
    // Regression: the largest charge in shillings was worth some 270 dollars.
    for (const currency of ['ISK', 'UGX'])
      expect([code(9_999_999_999, currency), code(10_000_000_000, currency)], currency).to.deep.equal([
        null,
        'above-maximum',
      ]);
    expect([code(99_999_999_999_900, 'MGA'), code(100_000_000_000_000, 'MGA')]).to.deep.equal([
      null,
      'above-maximum',
    ]);
    expect([code(150, 'MGA'), code(1_201, 'KWD'), code(1_210, 'KWD')]).to.deep.equal([
      'not-chargeable',
      'not-chargeable',
      null,
    ]);
    expect(['EUR', 'JPY', 'ISK', 'KWD', 'MGA', 'HUF'].map(chargeStep)).to.deep.equal([1, 1, 1, 10, 100, 1]);
  });
});
