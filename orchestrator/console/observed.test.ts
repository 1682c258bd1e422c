/** What a page has seen of a campaign: how fast it issues, and when it sold out. */
import { expect } from 'chai';
import { observed, ratesOf, type Seen, soldOutBetween } from './src/screens/coupons/observed.ts';

const seen = (...left: number[]): Seen[] => left.map((one, second) => ({ atMs: second * 1_000, left: one }));

describe('a campaign that a page follows', () => {
  it('issues so many a second, over the last five', () => {
    expect(ratesOf(seen(100, 90, 70))).to.deep.equal([null, 10, 15]);
    expect(ratesOf(seen(100, 50, 50, 50, 50, 50, 50)).at(-1)).to.equal(0);
    expect(ratesOf([])).to.deep.equal([]);
  });

  it('has a rate too where it is read more seldom than that', () => {
    const rare = [0, 60_000].map((atMs) => ({ atMs, left: 600 - atMs / 100 }));
    expect(ratesOf(rare)).to.deep.equal([null, 10]);
  });

  it('sold out between two reads; not where it was so from the start', () => {
    expect(soldOutBetween(seen(3, 1, 0, 0))).to.deep.equal([1_000, 2_000]);
    expect(soldOutBetween(seen(0, 0))).to.equal(null);
    expect(soldOutBetween(seen(3, 1))).to.equal(null);
  });

  it('is kept for five minutes', () => {
    const all = seen(...Array<number>(400).fill(1)).reduce<readonly Seen[]>(observed, []);
    expect([all.length, all[0]?.atMs]).to.deep.equal([300, 100_000]);
  });
});
