import { expect } from 'chai';
import { type Answer, judge, type RequestAnswer, type Row } from './judge-burst.ts';

const rows: Row[] = [
  { id: 'c1', userId: 'ada', requestId: 'ada/1' },
  { id: 'c2', userId: 'bob', requestId: 'bob/1' },
];
const state = { total: 2, issued: 2, rows };
const answered = (messageId: string, answer: Answer | null): RequestAnswer => ({
  userId: messageId.split('/')[0] ?? '',
  messageId,
  answer,
});
const failed = (reason: string): Answer => ({ status: 'failed', reason });
const won = [
  answered('ada/1', { status: 'issued', couponId: 'c1' }),
  answered('bob/1', { status: 'issued', couponId: 'c2' }),
];

describe('judging a burst', () => {
  it('finds nothing where every answer agrees with the rows', () => {
    const verdict = judge(state, [
      ...won,
      answered('ada/2', failed('duplicate')),
      answered('carl/1', failed('sold-out')),
    ]);
    expect(verdict).to.deep.equal({
      issued: 2,
      over: 0,
      under: 0,
      unanswered: 0,
      untruthful: 0,
      problems: [],
    });
  });

  it('counts coupons too many, two of one user, and too few', () => {
    const more = [...rows, { id: 'c3', userId: 'ada', requestId: 'ada/1' }];
    expect(judge({ total: 2, issued: 3, rows: more }, won).over).to.equal(2);
    expect(judge({ total: 4, issued: 3, rows: more }, won).over).to.equal(1);
    const [first] = rows as [Row];
    expect(judge({ total: 2, issued: 1, rows: [first] }, won).under).to.equal(1);
    expect(judge({ total: 5, issued: 2, rows }, won).under).to.equal(0);
  });

  it('counts requests that were never answered', () => {
    expect(
      judge(state, [...won, answered('dora/1', null), answered('eve/1', { status: 'pending' })]).unanswered,
    ).to.equal(2);
  });

  for (const [what, contradiction] of [
    ['a coupon that does not exist', answered('carl/1', { status: 'issued', couponId: 'c9' })],
    ['the other request’s coupon', answered('ada/2', { status: 'issued', couponId: 'c1' })],
    ['another coupon', answered('ada/1', { status: 'issued', couponId: 'c2' })],
    ['a failure that won', answered('ada/1', failed('duplicate'))],
    ['a duplicate of nothing', answered('carl/1', failed('duplicate'))],
    ['sold out for a user who has one', answered('ada/2', failed('sold-out'))],
    ['lost', answered('carl/1', failed('lost'))],
    ['not open', answered('carl/1', failed('not-open'))],
    ['an unknown status', answered('carl/1', { status: 'maybe' })],
  ] as const)
    it(`sees ${what}`, () => expect(judge(state, [contradiction]).untruthful).to.equal(1));

  it('sees sold out while there are coupons', () =>
    expect(judge({ ...state, total: 3 }, [answered('carl/1', failed('sold-out'))]).untruthful).to.equal(1));

  it('sees a count that is not the rows, and a winner who made no request', () => {
    expect(judge({ ...state, issued: 1 }, won).problems).to.have.length(1);
    expect(judge(state, won.slice(1)).problems).to.deep.equal(['ada/1 has a coupon and made no request']);
  });
});
