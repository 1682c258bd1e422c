import { expect } from 'chai';
import { isGood, type JudgedSample, judgeSamples } from './drain-report.ts';

const sample = (change: Partial<JudgedSample>): JudgedSample => ({
  sagaId: 'a',
  at: 1_000,
  cause: 'start-queued',
  interval: { from: 2_000, to: 4_000 },
  endedAt: 3_000,
  ...change,
});

describe('the judgement of forecasts', () => {
  it('counts those that held, ended before and ended after', () => {
    const found = judgeSamples([
      sample({}),
      sample({ endedAt: 2_000 }),
      sample({ endedAt: 1_999 }),
      sample({ endedAt: 4_001 }),
    ]);
    expect(found).to.include({ forecasts: 4, held: 2, early: 1, late: 1, widthMs: 2_000 });
    expect(isGood(found)).to.equal(false);
  });

  it('counts no saga that had ended when its forecast was read, and no forecast that was none', () => {
    const found = judgeSamples([
      sample({ endedAt: 900 }),
      sample({ interval: null, unknown: 'it is paused' }),
    ]);
    expect(found).to.deep.include({ forecasts: 0, unknown: { 'it is paused': 1 } });
    expect(isGood(found), 'without a forecast').to.equal(false);
  });
});
