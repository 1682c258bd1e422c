import { expect } from 'chai';
import { type Asked, type CampaignRows, judge } from './judge-coupons.ts';
import type { Told } from './result-log.ts';

const campaignId = 'campaign';

/** A request by its user, the place the brokers gave it, and what was told of it. */
function asked(userId: string, offset: number, told: Partial<Told> | null): Asked {
  const ref = { campaignId, userId, key: 'k', acceptedAtMs: 1, partition: 0, offset };
  const about = { requestId: `${userId}-${offset}`, campaignId, userId, status: 'failed' };
  return { userId, status: 202, ref, told: told === null ? undefined : { ...about, ...told } };
}
const issued = (couponId: string) => ({ status: 'issued', couponId });
const failed = (reason: string) => ({ reason });

/** Two coupons: ada and bob have one, ada asked twice, eve came late. */
const good = [
  asked('ada', 0, issued('c1')),
  asked('bob', 1, issued('c2')),
  asked('ada', 2, failed('duplicate')),
  asked('eve', 3, failed('sold-out')),
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
const changed = (at: number, change: Partial<Asked>) =>
  good.map((one, i) => (i === at ? { ...one, ...change } : one));
const told = (at: number, result: Partial<Told>) =>
  changed(at, { told: { ...(good[at]?.told as Told), ...result } });

describe('judging a run of coupons', () => {
  it('finds nothing where all is as it must be', () => {
    expect(judge(good, rows)).to.deep.equal([]);
  });

  it('finds nothing where there are more coupons than users', () => {
    const two = [asked('ada', 0, issued('c1')), asked('bob', 1, issued('c2'))];
    expect(judge(two, { ...rows, total: 5 })).to.deep.equal([]);
  });

  const cases: Array<[string, Asked[], CampaignRows, RegExp]> = [
    [
      'no answer',
      changed(3, { status: 0, told: undefined, ref: undefined }),
      rows,
      /1 requests were not answered/,
    ],
    ['no result', changed(3, { told: undefined }), rows, /1 accepted requests have no result/],
    ['an id of nobody', changed(3, { ref: null }), rows, /of another user or campaign/],
    ['a result of another campaign', told(3, { campaignId: 'x' }), rows, /of another user or campaign/],
    [
      'a coupon that is not the row’s',
      told(0, { couponId: 'c9' }),
      rows,
      /1 results are not what the rows say/,
    ],
    [
      'sold out, said to who has one',
      told(0, { status: 'failed', reason: 'sold-out' }),
      rows,
      /not what the rows say/,
    ],
    ['sold out too early', good, { ...rows, total: 3 }, /not what the rows say/],
    ['a duplicate of nothing', told(3, { reason: 'duplicate' }), rows, /not what the rows say/],
    ['lost', told(3, { reason: 'lost' }), rows, /not what the rows say/],
    ['a count beside its rows', good, { ...rows, issued: 1 }, /counts 1 coupons, and there are 2/],
    ['one too many', good, { ...rows, total: 1 }, /2 coupons were issued of 1/],
    ['a second one', good, twice(), /1 coupons are a user's second one/],
    ['a coupon of who did not ask', good, stranger(), /1 coupons are of users who did not ask/],
    [
      'too few',
      good.slice(0, 2),
      { ...rows, issued: 1, coupons: rows.coupons.slice(0, 1) },
      /1 coupons were issued of 2, and 2 users asked/,
    ],
    ['a coupon told twice', told(2, issued('c1')), rows, /1 users were told of a coupon twice/],
    [
      'a coupon told to nobody',
      told(1, { status: 'failed', reason: 'duplicate' }),
      rows,
      /1 coupons were told to nobody/,
    ],
    [
      'a later one that won',
      [...good, asked('joe', 4, issued('c1'))],
      rows,
      /1 requests were told sold-out before a later one/,
    ],
  ];
  for (const [name, requests, state, complaint] of cases) {
    it(`finds ${name}`, () => expect(judge(requests, state).join('\n')).to.match(complaint));
  }

  it('does not count on a request that was not accepted', () => {
    const unsure = changed(1, { status: 503, ref: undefined, told: undefined });
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
