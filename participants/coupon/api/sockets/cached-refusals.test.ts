import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import type { RefusedRef } from '../request-id.ts';
import { openCachedRefusals } from './cached-refusals.ts';
import type { ReceivedResult } from './received-result.ts';

describe('refusals from the cache', () => {
  let delivered: Array<readonly ReceivedResult[]>;
  beforeEach(() => {
    delivered = [];
  });

  const open = () =>
    openCachedRefusals({
      concerns: (userId) => userId !== 'nobody',
      deliver: (results) => delivered.push(results),
    });
  const ref = (userId: string, refused: 'sold-out' | 'duplicate' = 'sold-out'): RefusedRef => ({
    campaignId: 'campaign',
    userId,
    key: 'key',
    acceptedAtMs: 1,
    refused,
  });
  const ids = () => delivered.map((results) => results.map(({ requestId }) => requestId));

  it('of one linger are delivered together', async () => {
    const refusals = open();
    for (const user of ['a', 'b', 'nobody', 'c']) refusals.deliver(ref(user), `of-${user}`, null);
    expect(delivered).to.deep.equal([]);
    await waitUntil(() => delivered.length > 0, Boolean);
    expect(ids()).to.deep.equal([['of-a', 'of-b', 'of-c']]);
    expect(delivered[0]?.[0]?.outcome).to.deep.equal({ status: 'failed', reason: 'sold-out', first: null });
  });

  it('are delivered at once by a flush', () => {
    const refusals = open();
    refusals.deliver(ref('a'), 'of-a', null);
    refusals.flush();
    refusals.flush();
    expect(ids()).to.deep.equal([['of-a']]);
  });

  it('name the request that has the coupon, for duplicates', () => {
    const refusals = open();
    const first = {
      requestId: 'campaign/a/first',
      campaignId: 'campaign',
      userId: 'a',
      partition: 1,
      offset: 2,
      acceptedAt: new Date(3),
    };
    refusals.deliver(ref('a', 'duplicate'), 'of-a', first);
    refusals.flush();
    expect(delivered[0]?.[0]?.outcome).to.deep.equal({ status: 'failed', reason: 'duplicate', first });
  });
});
