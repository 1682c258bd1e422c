/** The refresh writes committed rows to Redis, and nothing from a database that went back in time. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { refreshAll } from './refresh.ts';
import { memoryCache } from './testing/memory-cache.ts';
import { memoryIssuing } from './testing/memory-store.ts';
import { newCampaign, OPEN_AT } from './testing/requests.ts';

describe('the refresh of the cache', () => {
  const given = async () => {
    const tables = memoryIssuing();
    const cache = memoryCache();
    const { id: campaignId } = await tables.campaigns.create(newCampaign(2), null);
    const checkpoints = [{ partition: 3, next: 9, acceptedUntil: OPEN_AT }];
    const coupon = {
      ...{
        id: crypto.randomUUID(),
        campaignId,
        userId: 'ada',
        requestId: 'a request',
        partition: 3,
        offset: 8,
      },
      ...{ acceptedAt: OPEN_AT, issuedAt: OPEN_AT, validUntil: null },
    };
    await tables.unitOfWork.transaction((store) => store.addCheckpoints([3]));
    const backup = tables.snapshot();
    await tables.unitOfWork.transaction((store) =>
      store.write({ made: [coupon], checkpoints, lost: [] }, OPEN_AT),
    );
    const behind: string[] = [];
    const refresh = (highest: ReadonlyMap<number, number>) =>
      refreshAll({
        ...{ reads: tables.reads, campaigns: tables.campaigns, cache, highest, log: silent },
        now: () => OPEN_AT.getTime(),
        onBehind: async (reason) => void behind.push(reason),
      });
    const cached = async () => cache.read(await tables.reads.epoch(), campaignId, ['ada', 'bob']);
    return { backup, behind, refresh, cached, tables };
  };

  it('writes the stock and the winners', async () => {
    const { refresh, cached, behind } = await given();
    await refresh(new Map([[3, 9]]));
    const { left, winners } = await cached();
    expect([left, winners.map((winner) => winner?.requestId)]).to.deep.equal([1, ['a request', undefined]]);
    expect(behind).to.deep.equal([]);
  });

  it('accepts a checkpoint that rises while the refresh reads', async () => {
    const { behind, refresh, tables } = await given();
    const highest = new Map([[3, 9]]);
    const read = tables.reads.checkpoints;
    tables.reads.checkpoints = async () => {
      const checkpoints = await read();
      highest.set(3, 20);
      return checkpoints;
    };
    await refresh(highest);
    expect(behind).to.deep.equal([]);
  });

  it('reports a checkpoint that went back, and writes nothing', async () => {
    const { backup, refresh, cached, behind } = await given();
    backup();
    await refresh(new Map([[3, 9]]));
    expect(behind).to.deep.equal(['partition 3 is decided up to 0, and was up to 9']);
    expect((await cached()).left).to.equal(null);
  });
});
