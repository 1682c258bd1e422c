import { expect } from 'chai';
import { schedule } from './schedule.ts';

describe('the schedule of a run', () => {
  it('warms up at a third of the rate and goes on without a pause', () => {
    const plan = schedule({ rate: 300, count: 600, warmupMs: 10_000 });
    expect(plan.firstMeasured).to.equal(1000);
    expect(plan.total).to.equal(1600);
    expect([plan.fromMs, plan.toMs]).to.deep.equal([10_000, 12_000]);
    expect(plan.dueAt(0)).to.equal(0);
    expect(plan.dueAt(999)).to.be.closeTo(9_990, 0.001);
    expect(plan.dueAt(1000)).to.equal(10_000);
    expect(plan.dueAt(1300)).to.be.closeTo(11_000, 0.001);
    expect(plan.dueAt(1599)).to.be.closeTo(11_996.667, 0.001);
  });

  it('never goes back in time, at any rate', () => {
    for (const rate of [1, 7, 40, 333, 999, 2500]) {
      const plan = schedule({ rate, count: 50, warmupMs: 3_333 });
      for (let n = 1; n < plan.total; n++) expect(plan.dueAt(n)).to.be.greaterThan(plan.dueAt(n - 1));
      expect(plan.dueAt(plan.total - 1)).to.be.lessThan(plan.toMs);
    }
  });

  it('needs no warm-up', () => {
    const plan = schedule({ rate: 10, count: 10, warmupMs: 0 });
    expect([plan.firstMeasured, plan.dueAt(0), plan.toMs]).to.deep.equal([0, 0, 1000]);
  });
});
