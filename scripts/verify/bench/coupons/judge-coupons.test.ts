import { expect } from 'chai';
import { type CampaignRows, judge, type MeasuredRequest } from './judge-coupons.ts';
import type { CouponResult } from './result-log.ts';

const campaignId = 'campaign';

/** A request by its user, its offset, and its result. */
function request(userId: string, offset: number, result: Partial<CouponResult> | null): MeasuredRequest {
  const ref = { campaignId, userId, key: 'k', acceptedAtMs: 1, partition: 0, offset };
  const about = { requestId: `${userId}-${offset}`, campaignId, userId, status: 'failed' };
  return { userId, status: 202, ref, result: result === null ? undefined : { ...about, ...result } };
}
const issued = (couponId: string) => ({ status: 'issued', couponId });
const failed = (reason: string) => ({ reason });

/** Two coupons: ada and bob have one, ada sent two requests, eve came late. */
const good = [
  request('ada', 0, issued('c1')),
  request('bob', 1, issued('c2')),
  request('ada', 2, failed('duplicate')),
  request('eve', 3, failed('sold-out')),
];
const rows: CampaignRows = {
  id: campaignId,
  total: 2,
  issued: 2,
  coupons: [
    { id: 'c1', userId: 'ada' },
    { id: 'c2', userId: 'bob' },
  ],
};
const changed = (at: number, change: Partial<MeasuredRequest>) =>
  good.map((one, i) => (i === at ? { ...one, ...change } : one));
const withResult = (at: number, result: Partial<CouponResult>) =>
  changed(at, { result: { ...(good[at]?.result as CouponResult), ...result } });

describe('judging a run of coupons', () => {
  it('finds nothing where all is as it must be', () => {
    expect(judge(good, rows)).to.deep.equal([]);
  });

  it('finds nothing where there are more coupons than users', () => {
    const two = [request('ada', 0, issued('c1')), request('bob', 1, issued('c2'))];
    expect(judge(two, { ...rows, total: 5 })).to.deep.equal([]);
  });

  const cases: Array<[string, MeasuredRequest[], CampaignRows, RegExp]> = [
    [
      'no answer',
      changed(3, { status: 0, result: undefined, ref: undefined }),
      rows,
      /1 requests were not answered/,
    ],
    ['no result', changed(3, { result: undefined }), rows, /1 accepted requests have no result/],
    ['an id that no API issued', changed(3, { ref: null }), rows, /of another user or campaign/],
    ['a result of another campaign', withResult(3, { campaignId: 'x' }), rows, /of another user or campaign/],
    [
      'a coupon that is not the row’s',
      withResult(0, { couponId: 'c9' }),
      rows,
      /1 results contradict the rows/,
    ],
    [
      'sold out for a user who has one',
      withResult(0, { status: 'failed', reason: 'sold-out' }),
      rows,
      /contradict the rows/,
    ],
    ['sold out too early', good, { ...rows, total: 3 }, /contradict the rows/],
    ['a duplicate without a coupon', withResult(3, { reason: 'duplicate' }), rows, /contradict the rows/],
    ['lost', withResult(3, { reason: 'lost' }), rows, /contradict the rows/],
    ['a count beside its rows', good, { ...rows, issued: 1 }, /counts 1 coupons, and there are 2/],
    ['one too many', good, { ...rows, total: 1 }, /2 coupons were issued of 1/],
    ['a second one', good, twice(), /1 coupons are a user's second one/],
    ['a coupon without a request', good, stranger(), /1 coupons are of users without a request/],
    [
      'too few',
      good.slice(0, 2),
      { ...rows, issued: 1, coupons: rows.coupons.slice(0, 1) },
      /1 coupons were issued of 2, and 2 users made requests/,
    ],
    [
      'two results with one coupon',
      withResult(2, issued('c1')),
      rows,
      /1 users got two results with a coupon/,
    ],
    [
      'a coupon without a result',
      withResult(1, { status: 'failed', reason: 'duplicate' }),
      rows,
      /1 coupons were in no result/,
    ],
    [
      'a later one that won',
      [...good, request('joe', 4, issued('c1'))],
      rows,
      /1 requests were refused as sold-out before a later one/,
    ],
  ];
  for (const [name, requests, state, complaint] of cases) {
    it(`finds ${name}`, () => expect(judge(requests, state).join('\n')).to.match(complaint));
  }

  it('does not count on a request that was not accepted', () => {
    const unsure = changed(1, { status: 503, ref: undefined, result: undefined });
    expect(judge(unsure, rows)).to.deep.equal([]);
    const without = { ...rows, total: 1, issued: 1, coupons: rows.coupons.slice(0, 1) };
    expect(judge(unsure, without)).to.deep.equal([]);
  });
});

function twice(): CampaignRows {
  return { ...rows, coupons: [...rows.coupons.slice(0, 1), { id: 'c3', userId: 'ada' }] };
}

function stranger(): CampaignRows {
  return { ...rows, coupons: [...rows.coupons.slice(0, 1), { id: 'c2', userId: 'mallory' }] };
}
