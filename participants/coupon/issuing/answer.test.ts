/** The answer from the rows: one for each request, and of several that apply the most specific. */
import { expect } from 'chai';
import { type AcceptedRequest, answerOf, isIn, isOpen } from './answer.ts';
import type { Coupon } from './store.ts';
import { campaign, OPEN_AT } from './testing/requests.ts';

const request: AcceptedRequest = {
  id: 'mine',
  campaignId: 'c',
  userId: 'ada',
  partition: 1,
  offset: 10,
  acceptedAt: OPEN_AT,
};
const coupon = (requestId: string, offset: number): Coupon => ({
  ...request,
  id: 'coupon',
  requestId,
  offset,
  issuedAt: OPEN_AT,
  validUntil: null,
});

describe('the answer to a request', () => {
  const open = campaign(5);
  const closed = campaign(5, { closedAt: OPEN_AT });

  it('is the coupon when its row bears the request’s id, whichever message of it won', () => {
    for (const offset of [9, 10, 11]) {
      const rows = { campaign: closed, coupon: coupon('mine', offset) };
      expect(answerOf(request, rows, true)).to.deep.equal({ state: 'issued', coupon: rows.coupon });
    }
  });

  it('is duplicate only when the user’s coupon came before the request', () => {
    const first = coupon('first', 9);
    const rows = { campaign: open, coupon: first };
    expect(answerOf(request, rows, true)).to.deep.equal({ state: 'failed', reason: 'duplicate', first });
    const later = { campaign: closed, coupon: coupon('later', 11) };
    expect(answerOf(request, later, false)).to.deep.equal({ state: 'failed', reason: 'not-open' });
  });

  it('is lost, else not-open, else sold-out', () => {
    const without = (of: typeof open | undefined) => ({ campaign: of, coupon: undefined });
    expect(answerOf(request, without(closed), true)).to.deep.equal({ state: 'failed', reason: 'lost' });
    expect(answerOf(request, without(closed), false)).to.deep.equal({ state: 'failed', reason: 'not-open' });
    expect(answerOf(request, without(undefined), false)).to.deep.equal({
      state: 'failed',
      reason: 'not-open',
    });
    expect(answerOf(request, without(open), false)).to.deep.equal({ state: 'failed', reason: 'sold-out' });
  });
});

describe('a campaign', () => {
  it('is open from its start until before its end or closing', () => {
    const at = (ms: number) => new Date(OPEN_AT.getTime() + ms);
    const one = campaign(1, { startsAt: at(0), endsAt: at(10) });
    expect([-1, 0, 9, 10].map((ms) => isOpen(one, at(ms)))).to.deep.equal([false, true, true, false]);
    const closed = { ...one, closedAt: at(5) };
    expect([4, 5].map((ms) => isOpen(closed, at(ms)))).to.deep.equal([true, false]);
    const dead = { ...one, validUntil: at(3) };
    expect([2, 3].map((ms) => isOpen(dead, at(ms)))).to.deep.equal([true, false]);
    expect(isOpen(undefined, at(0))).to.equal(false);
  });
});

describe('a lost range', () => {
  it('includes its first offset and excludes its last', () => {
    const ranges = [{ partition: 1, from: 10, to: 12 }];
    const at = (offset: number, partition = 1) => isIn(ranges, { ...request, partition, offset });
    expect([9, 10, 11, 12].map((offset) => at(offset))).to.deep.equal([false, true, true, false]);
    expect(at(10, 2)).to.equal(false);
  });
});
