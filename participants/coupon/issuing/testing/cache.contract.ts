/** The contract of the coupons' cache: the same tests on Redis and in memory. */
import { expect } from 'chai';
import type { Cache, Winner } from '../cache.ts';

/** A user's winning request. */
export function winner(userId: string, offset = 1): Winner & { userId: string } {
  return {
    userId,
    requestId: `request of ${userId}\nwith anything in it`,
    partition: 3,
    offset,
    acceptedAtMs: 1_790_000_000_000,
  };
}

/** @param open opens a cache without entries of new campaigns */
export function cacheContract(
  name: string,
  open: () => Promise<{ readonly cache: Cache; close(): void }>,
): void {
  describe(`the cache ${name}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let campaignId: string;
    const epoch = crypto.randomUUID();
    before(async () => {
      opened = await open();
    });
    beforeEach(() => {
      campaignId = crypto.randomUUID();
    });
    after(() => opened.close());

    const write = (issued: number, total: number, ...winners: Array<Winner & { userId: string }>) =>
      opened.cache.write(epoch, { campaignId, issued, total, winners });
    const read = (...users: string[]) => opened.cache.read(epoch, campaignId, users);

    it('holds nothing before the first write', async () => {
      expect(await read('ada')).to.deep.equal({ left: null, soldOut: false, winners: [null] });
    });

    it('returns the stock and the winners', async () => {
      expect(await write(1, 2, winner('ada'))).to.equal(1);
      const { userId, ...ada } = winner('ada');
      expect(userId).to.equal('ada');
      expect(await read('bob', 'ada')).to.deep.equal({ left: 1, soldOut: false, winners: [null, ada] });
    });

    it('ignores late and repeated writes', async () => {
      await write(2, 2, winner('ada'), winner('bob'));
      await write(1, 2, winner('ada'));
      await write(2, 2, winner('ada'), winner('bob'));
      expect(await read()).to.deep.equal({ left: 0, soldOut: true, winners: [] });
    });

    it('reports sold out only once it holds all winners, so that none of them is refused as sold out', async () => {
      await write(2, 2, winner('ada'));
      expect(await read('bob')).to.deep.equal({ left: 0, soldOut: false, winners: [null] });
      await write(2, 2, winner('bob'));
      expect((await read('carl')).soldOut).to.equal(true);
    });

    it('holds nothing under another epoch', async () => {
      await write(2, 2, winner('ada'), winner('bob'));
      expect(await opened.cache.read('another', campaignId, ['ada'])).to.deep.equal({
        left: null,
        soldOut: false,
        winners: [null],
      });
    });
  });
}
