import { expect } from 'chai';
import { newRecord } from '../run-record.ts';
import { schedule } from '../schedule.ts';
import { countsOf, figuresOf } from './coupons-figures.ts';
import type { MeasuredRequest } from './judge-coupons.ts';

describe('the figures of a run of coupons', () => {
  const plan = schedule({ rate: 10, count: 20, warmupMs: 1_000 });
  const run = (answeredAfterMs: (request: number) => number) => {
    const record = newRecord(plan.total);
    for (let n = 0; n < plan.total; n++) {
      record.sentAt[n] = plan.dueAt(n);
      record.answeredAt[n] = plan.dueAt(n) + 5;
      record.statuses[n] = 202;
      record.ids[n] = `request-${n}`;
      record.endedAt[n] = plan.dueAt(n) + answeredAfterMs(n);
    }
    return record;
  };

  it('separates requests with a coupon from those without, and leaves the warm-up out', () => {
    const record = run((n) => (n < 3 ? 300 : n < 8 ? 40 : 20));
    const figures = figuresOf(plan, record, (n) => n < 8);
    expect(figures.accepted).to.deep.include({ count: 20, p50: 5 });
    expect(figures.answered).to.deep.include({ count: 20, p50: 20, max: 40 });
    expect(figures.issued).to.deep.include({ count: 5, p50: 40 });
    expect(figures.failed).to.deep.include({ count: 15, max: 20 });
    expect([figures.acceptedPerSecond, figures.endedPerSecond]).to.deep.equal([10, 10]);
  });

  it('does not take a refusal for a quick acceptance', () => {
    const record = run(() => 20);
    record.statuses[10] = 503;
    record.ids[10] = undefined;
    record.endedAt[10] = Number.NaN;
    const figures = figuresOf(plan, record, () => false);
    expect(figures.accepted?.count).to.equal(19);
    expect(figures.acceptedPerSecond).to.equal(10);
    expect(figures.notAccepted).to.deep.equal({ 503: 1 });
  });

  it('counts the results by reason, and the refusals of the API', () => {
    const one = (
      userId: string,
      result: object | undefined,
      refused?: 'sold-out' | 'duplicate',
    ): MeasuredRequest => ({
      userId,
      status: 202,
      ref: {
        campaignId: 'c',
        userId,
        key: 'k',
        acceptedAtMs: 0,
        ...(refused ? { refused } : { partition: 0, offset: 0 }),
      },
      result: result && { requestId: 'r', campaignId: 'c', userId, status: 'failed', ...result },
    });
    const requests = [
      one('a', { status: 'issued', couponId: '1' }),
      one('a', { reason: 'duplicate' }, 'duplicate'),
      one('b', { reason: 'sold-out' }),
      one('c', { reason: 'sold-out' }, 'sold-out'),
      one('d', undefined),
    ];
    expect(countsOf(requests)).to.deep.equal({
      users: 4,
      repeats: 1,
      issued: 1,
      failed: { duplicate: 1, 'sold-out': 2 },
      refusedByApi: { duplicate: 1, 'sold-out': 1 },
    });
  });
});
