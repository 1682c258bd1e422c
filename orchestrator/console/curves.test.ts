/** Where curves over minutes are drawn. */
import { expect } from 'chai';
import { decadeScale, linearScale, pathsOf } from './src/screens/throughput/curves.ts';

describe('curves', () => {
  it('have a round top that no value exceeds, and whole numbers beside them', () => {
    expect(linearScale([0, 3, 137]).ticks).to.deep.equal([0, 100, 200]);
    expect(linearScale([]).ticks).to.deep.equal([0, 1]);
    expect(linearScale([5]).shareOf(5)).to.equal(1);
    for (const most of [1, 2, 7, 10, 11, 999, 1_000_001])
      expect(linearScale([most]).shareOf(most), String(most)).to.be.within(0.4, 1);
  });

  it('of durations stand between powers of ten', () => {
    const { ticks, shareOf } = decadeScale([40, 700, 62_000]);
    expect(ticks).to.deep.equal([10, 100, 1_000, 10_000, 100_000]);
    expect([shareOf(10), shareOf(1_000), shareOf(100_000)]).to.deep.equal([0, 0.5, 1]);
    expect(decadeScale([1]).ticks).to.deep.equal([1, 10]);
    expect(decadeScale([1_000]).ticks).to.deep.equal([1_000, 10_000]);
    expect(decadeScale([2_000, 5_000]).ticks).to.deep.equal([1_000, 10_000]);
  });

  it('break where there is no value, and draw a lonely one as a dot', () => {
    const scale = linearScale([2]);
    expect(pathsOf([0, 1, null, 2, null], scale)).to.deep.equal({
      lines: 'M0.0000,1.0000L0.2500,0.5000',
      dots: 'M0.7500,0.0000h0',
    });
    expect(pathsOf([2], scale)).to.deep.equal({ lines: '', dots: 'M0.0000,0.0000h0' });
    expect(pathsOf([null, null], scale)).to.deep.equal({ lines: '', dots: '' });
  });
});
