import { expect } from 'chai';
import { currencyCode, isCurrency, minorDigits, formatMoney as money } from './currency.ts';

describe('a currency', () => {
  it('formats amounts in their currency', () => {
    expect([
      money(2490, 'EUR'),
      money(12_000, 'KRW'),
      money(1_234_567, 'USD'),
      money(1500, 'KWD'),
    ]).to.deep.equal(['EUR 24.90', 'KRW 12,000', 'USD 12,345.67', 'KWD 1.500']);
    expect(money(5, 'euro')).to.equal('5 euro');
  });

  it('counts minor units as ISO 4217 does, where people leave the decimals out', () => {
    expect([money(500_000, 'HUF'), money(1_050, 'HUF')]).to.deep.equal(['HUF 5,000', 'HUF 10.50']);
    expect([money(2_500_000, 'IDR'), money(1_234_500, 'COP')]).to.deep.equal(['IDR 25,000', 'COP 12,345']);
    expect([money(2_000, 'ISK'), money(500, 'MGA'), money(5_000, 'IQD')]).to.deep.equal([
      'ISK 2,000',
      'MGA 5',
      'IQD 5',
    ]);
    expect(money(100_000_000_000_099, 'USD')).to.equal('USD 1,000,000,000,000.99');
  });

  it('has the digits of ISO 4217, also where CLDR has others', () => {
    const digits = (codes: string) => codes.split(' ').map(minorDigits);
    expect(digits('EUR HUF IDR COP TWD MGA MRU AFN'), 'two').to.deep.equal(Array(8).fill(2));
    expect(digits('JPY KRW ISK UGX CLP XAF VND'), 'none').to.deep.equal(Array(7).fill(0));
    expect(digits('BHD IQD JOD KWD LYD OMR TND'), 'three').to.deep.equal(Array(7).fill(3));
  });

  it('is one that ISO 4217 lists today', () => {
    expect(['EUR', 'XCG', 'ZWG', 'VES'].every(isCurrency)).to.equal(true);
    for (const code of ['EUX', 'DEM', 'HRK', 'XXX', 'eur', 'EU', 'constructor']) {
      const { success, error } = currencyCode.safeParse(code);
      expect(success, code).to.equal(false);
      expect(error?.issues, code).to.have.length(1);
    }
  });
});
