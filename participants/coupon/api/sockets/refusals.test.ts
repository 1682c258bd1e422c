import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { openRefusals, type RefusedRef } from './refusals.ts';
import type { HeardResult } from './subscribers.ts';

describe('refusals at the door', () => {
  let told: Array<readonly HeardResult[]>;
  beforeEach(() => {
    told = [];
  });

  const open = () =>
    openRefusals({ concerns: (userId) => userId !== 'nobody', tell: (results) => told.push(results) });
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
    for (const user of ['a', 'b', 'nobody', 'c']) refusals.tell(ref(user), `of-${user}`, null);
    expect(told).to.deep.equal([]);
    await waitUntil(() => told.length > 0, Boolean, { withinMs: 1_000 });
    expect(ids()).to.deep.equal([['of-a', 'of-b', 'of-c']]);
    expect(told[0]?.[0]?.outcome).to.deep.equal({ status: 'failed', reason: 'sold-out', first: null });
  });

  it('are told at once at the end', () => {
    const refusals = open();
    refusals.tell(ref('a'), 'of-a', null);
    refusals.flush();
    refusals.flush();
    expect(ids()).to.deep.equal([['of-a']]);
  });

  it('of duplicates name the request that has the coupon', () => {
    const refusals = open();
    const first = {
      requestId: 'campaign/a/first',
      campaignId: 'campaign',
      userId: 'a',
      partition: 1,
      offset: 2,
      acceptedAt: new Date(3),
    };
    refusals.tell(ref('a', 'duplicate'), 'of-a', first);
    refusals.flush();
    expect(told[0]?.[0]?.outcome).to.deep.equal({ status: 'failed', reason: 'duplicate', first });
  });
});
