import { expect } from 'chai';
import { newRecord } from '../run-record.ts';
import { schedule } from '../schedule.ts';
import { figuresOf } from './orders-figures.ts';

/** Ten orders a second for two seconds after three that warm up; each is answered after 5 ms and ends after `lastMs`. */
function run(lastMs: (order: number) => number) {
  const plan = schedule({ rate: 10, count: 20, warmupMs: 1000 });
  const record = newRecord(plan.total);
  for (let n = 0; n < plan.total; n++) {
    record.sentAt[n] = plan.dueAt(n) + 1;
    record.answeredAt[n] = plan.dueAt(n) + 5;
    record.statuses[n] = 202;
    record.ids[n] = `order-${n}`;
    record.endedAt[n] = plan.dueAt(n) + lastMs(n);
  }
  return { plan, record };
}

describe('the figures of a run', () => {
  it('leave the warm-up out of the latencies', () => {
    const { plan, record } = run((n) => (n < 3 ? 900 : 50));
    const figures = figuresOf(plan, record, new Set([4]));
    expect(figures.accepted).to.deep.equal({ count: 20, p50: 5, p95: 5, p99: 5, max: 5 });
    expect(figures.completed).to.deep.include({ count: 19, max: 50 });
    expect(figures.failed).to.deep.include({ count: 1, max: 50 });
    expect(figures.sendLag?.max).to.equal(1);
    expect(figures.notAccepted).to.deep.equal({});
  });

  it('count ends within the window only, and the backlog at its end', () => {
    const { plan, record } = run(() => 250);
    const figures = figuresOf(plan, record, new Set());
    // The last two of twenty end after it.
    expect(figures.completedPerSecond).to.equal(9);
    expect(figures.backlogAtEnd).to.equal(2);
    expect(figures.drainMs).to.equal(150);
  });

  it('separate completed from failed', () => {
    const { plan, record } = run(() => 10);
    const figures = figuresOf(plan, record, new Set([3, 4, 5, 6]));
    expect([figures.completedPerSecond, figures.endedPerSecond]).to.deep.equal([8, 10]);
  });

  it('do not take an order that never ended for a quick one', () => {
    const { plan, record } = run(() => 10);
    record.endedAt[10] = Number.NaN;
    record.statuses[11] = 503;
    record.ids[11] = undefined;
    record.statuses[12] = 0;
    const figures = figuresOf(plan, record, new Set());
    expect(figures.backlogAtEnd).to.equal(1);
    expect(figures.completed?.count).to.equal(19);
    expect(figures.accepted?.count).to.equal(19);
    expect(figures.notAccepted).to.deep.equal({ 503: 1, none: 1 });
  });
});
