import { expect } from 'chai';
import { until } from '../../../../scripts/stack/until.ts';
import type { Lookups } from '../lookups.ts';
import type { Outcome } from '../outcome.ts';
import type { HeardResult } from './hub.ts';
import { openRefusals, type RefusedRef } from './refusals.ts';

describe('refusals at the door', () => {
  let told: Array<readonly HeardResult[]>;
  beforeEach(() => {
    told = [];
  });

  const open = (lookedUp: Outcome | 'too-late' | null = null) =>
    openRefusals({ concerns: (userId) => userId !== 'nobody', tell: (results) => told.push(results) }, {
      add: async () => lookedUp,
    } as unknown as Lookups);
  const ref = (userId: string, refused: 'sold-out' | 'duplicate' = 'sold-out'): RefusedRef => ({
    campaignId: 'campaign',
    userId,
    key: 'key',
    acceptedAtMs: 1,
    refused,
  });
  const ids = () => told.map((results) => results.map(({ requestId }) => requestId));

  it('of one moment are told together', async () => {
    const refusals = open();
    for (const user of ['a', 'b', 'nobody', 'c']) refusals.tell(ref(user), `of-${user}`);
    expect(told).to.deep.equal([]);
    await until(() => told.length > 0, 1_000, 1);
    expect(ids()).to.deep.equal([['of-a', 'of-b', 'of-c']]);
    expect(told[0]?.[0]?.outcome).to.deep.equal({ status: 'failed', reason: 'sold-out', first: null });
  });

  it('are told at once at the end', () => {
    const refusals = open();
    refusals.tell(ref('a'), 'of-a');
    refusals.flush();
    refusals.flush();
    expect(ids()).to.deep.equal([['of-a']]);
  });

  it('of duplicates say what the rows say, and nothing where these do not answer', async () => {
    const coupon: Outcome = { status: 'issued', couponId: 'c1', validUntil: null };
    open(coupon).tell(ref('a', 'duplicate'), 'of-a');
    await until(() => told.length > 0, 1_000, 1);
    expect(told[0]?.[0]?.outcome).to.equal(coupon);
    const silent = open('too-late');
    silent.tell(ref('b', 'duplicate'), 'of-b');
    await Promise.resolve();
    silent.flush();
    expect(told.length).to.equal(1);
  });
});
