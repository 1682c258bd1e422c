import { expect } from 'chai';
import { spreadOf } from './percentiles.ts';

describe('percentiles', () => {
  it('takes the nearest rank', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => 1000 - i);
    expect(spreadOf(values)).to.deep.equal({ count: 1000, p50: 500, p95: 950, p99: 990, max: 1000 });
  });

  it('leaves out missing values', () => {
    expect(spreadOf(Float64Array.of(Number.NaN, 3, Number.NaN, 1))).to.deep.equal({
      count: 2,
      p50: 1,
      p95: 3,
      p99: 3,
      max: 3,
    });
  });

  it('gives no spread without values', () => {
    expect(spreadOf(Float64Array.of(Number.NaN))).to.equal(null);
    expect(spreadOf(new Float64Array())).to.equal(null);
  });

  it('makes of one value every percentile', () => {
    expect(spreadOf(Float64Array.of(7.25))).to.deep.equal({
      count: 1,
      p50: 7.3,
      p95: 7.3,
      p99: 7.3,
      max: 7.3,
    });
  });
});
