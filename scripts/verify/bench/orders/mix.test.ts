import { expect } from 'chai';
import { kindOf, parseMix } from './mix.ts';

const count = (mix: Parameters<typeof kindOf>[0], from: number, orders: number) => {
  const counts: Record<string, number> = {};
  for (let n = from; n < from + orders; n++) counts[kindOf(mix, n)] = (counts[kindOf(mix, n)] ?? 0) + 1;
  return counts;
};

describe('the mix of orders', () => {
  it('has exactly its shares in each hundred, wherever one begins to count', () => {
    const mix = parseMix('85/5/5/5');
    for (const from of [0, 1, 57, 4_200]) {
      expect(count(mix, from, 100)).to.deep.equal({ good: 85, declined: 5, 'sold-out': 5, unserved: 5 });
    }
  });

  it('spreads the bad ones: never two of a kind in a row, never forty good ones', () => {
    const kinds = Array.from({ length: 1000 }, (_, n) => kindOf(parseMix('mixed'), n));
    const text = kinds.map((kind) => kind[0]).join('');
    expect(text).not.to.match(/dd|ss|uu|g{40}/);
  });

  it('accepts its names', () => {
    expect(count(parseMix('good'), 0, 500)).to.deep.equal({ good: 500 });
    expect(parseMix('mixed')).to.deep.equal(parseMix('85/5/5/5'));
    expect(count(parseMix('0/100/0/0'), 0, 300)).to.deep.equal({ declined: 300 });
  });

  for (const text of ['', 'bad', '85/5/5', '85/5/5/6', '85/5/5/5/0', '-5/95/5/5', '84.5/5.5/5/5']) {
    it(`refuses "${text}"`, () => expect(() => parseMix(text)).to.throw(/--mix takes/));
  }
});
