/** The contract of issuing's tables: the same tests on PostgreSQL and in memory. */
import { expect } from 'chai';
import { uuidv7 } from '#protocol/ids.ts';
import type { IssuerStore, IssuingUnitOfWork } from '../issuer-store.ts';
import type { CampaignStore, Coupon, CouponReads } from '../store.ts';
import { newCampaign, OPEN_AT } from './requests.ts';

export interface IssuingTables {
  readonly unitOfWork: IssuingUnitOfWork;
  readonly reads: CouponReads;
  readonly campaigns: CampaignStore;
  close(): Promise<void>;
}

const later = (ms: number) => new Date(OPEN_AT.getTime() + ms);

/** @param open opens empty tables */
export function issuingContract(name: string, open: () => Promise<IssuingTables>): void {
  describe(`issuing's tables ${name}`, () => {
    let tables: IssuingTables;
    let nextPartition = 0;
    let partition: number;
    before(async () => {
      tables = await open();
    });
    beforeEach(() => {
      partition = nextPartition++;
    });
    after(() => tables.close());

    const inOne = <T>(work: (store: IssuerStore) => Promise<T>) => tables.unitOfWork.transaction(work);
    const campaign = async (total: number, changes = {}) =>
      (await tables.campaigns.create(newCampaign(total, changes), null)).id;
    const coupon = (campaignId: string, userId: string, offset = 0): Coupon => ({
      id: uuidv7(OPEN_AT.getTime()),
      campaignId,
      userId,
      requestId: `${campaignId}/${userId}/once`,
      partition,
      offset,
      acceptedAt: OPEN_AT,
      issuedAt: OPEN_AT,
      validUntil: null,
    });
    const checkpoint = (next: number, acceptedUntil: Date | null = OPEN_AT) => ({
      partition,
      next,
      acceptedUntil,
    });
    const checkpointNow = async () =>
      (await tables.reads.checkpoints()).find((one) => one.partition === partition);
    const issuedOf = async (id: string) => (await tables.reads.campaigns([id]))[0]?.issued;

    it('insert a partition’s checkpoint at 0, once', async () => {
      await inOne((store) => store.addCheckpoints([partition]));
      await inOne((store) => store.write({ made: [], checkpoints: [checkpoint(3)], lost: [] }, OPEN_AT));
      await inOne((store) => store.addCheckpoints([partition]));
      expect(await checkpointNow()).to.deep.equal(checkpoint(3));
    });

    it('raise checkpoints and their acceptance times, and never lower them', async () => {
      await inOne((store) => store.addCheckpoints([partition]));
      expect(await checkpointNow()).to.deep.equal(checkpoint(0, null));
      await inOne((store) =>
        store.write({ made: [], checkpoints: [checkpoint(7, later(5))], lost: [] }, OPEN_AT),
      );
      await inOne((store) =>
        store.write({ made: [], checkpoints: [checkpoint(5, later(9))], lost: [] }, OPEN_AT),
      );
      expect(await checkpointNow()).to.deep.equal(checkpoint(7, later(5)));
      await inOne((store) =>
        store.write({ made: [], checkpoints: [checkpoint(8, null)], lost: [] }, OPEN_AT),
      );
      expect(await checkpointNow()).to.deep.equal(checkpoint(8, later(5)));
    });

    it('lock the named checkpoints, and return the latest acceptance of all partitions and the epoch', async () => {
      const mine = partition;
      await inOne((store) => store.addCheckpoints([mine]));
      await inOne((store) =>
        store.write({ made: [], checkpoints: [checkpoint(1, later(1_000_000))], lost: [] }, OPEN_AT),
      );
      partition = nextPartition++;
      await inOne((store) => store.addCheckpoints([partition]));
      const locked = await inOne((store) => store.lockCheckpoints([partition]));
      expect([...locked.checkpoints]).to.deep.equal([[partition, checkpoint(0, null)]]);
      expect(locked.decidedUntil).to.deep.equal(later(1_000_000));
      expect(locked.epoch).to.equal(await tables.reads.epoch());
      await inOne((store) => store.renewEpoch(OPEN_AT));
      expect(await tables.reads.epoch()).not.to.equal(locked.epoch);
      const none = await inOne((store) => store.lockCheckpoints([]));
      expect(none).to.deep.equal({ checkpoints: new Map(), decidedUntil: null, epoch: '' });
    });

    it('write coupons together with issued counts and checkpoints', async () => {
      const id = await campaign(3);
      const made = [coupon(id, 'bob', 1), coupon(id, 'ada', 0)];
      await inOne((store) => store.addCheckpoints([partition]));
      await inOne((store) => store.write({ made, checkpoints: [checkpoint(2)], lost: [] }, OPEN_AT));
      expect(await issuedOf(id)).to.equal(2);
      expect(await checkpointNow()).to.deep.equal(checkpoint(2));
      const claimants = ['bob', 'carl'].map((userId) => ({ campaignId: id, userId }));
      expect(await tables.reads.coupons(claimants)).to.deep.equal([made[0]]);
      expect(await tables.reads.couponsAfter(id, '', 1)).to.deep.equal([made[1]]);
      expect(await tables.reads.couponsAfter(id, 'ada', 5)).to.deep.equal([made[0]]);
    });

    it('reject a user’s second coupon and one beyond the total, and write nothing', async () => {
      const id = await campaign(1);
      await inOne((store) => store.addCheckpoints([partition]));
      const write = (...made: Coupon[]) =>
        inOne((store) => store.write({ made, checkpoints: [checkpoint(9)], lost: [] }, OPEN_AT)).then(
          () => 'written',
          () => 'refused',
        );
      expect(await write(coupon(id, 'ada'), coupon(id, 'bob', 1))).to.equal('refused');
      expect([await issuedOf(id), (await checkpointNow())?.next]).to.deep.equal([0, 0]);
      const many = await campaign(5);
      expect(await write(coupon(many, 'ada'))).to.equal('written');
      expect(await write(coupon(many, 'bob', 1), coupon(many, 'ada', 2))).to.equal('refused');
      expect(await issuedOf(many)).to.equal(1);
    });

    it('roll back a failed transaction entirely', async () => {
      const id = await campaign(5);
      await inOne((store) => store.addCheckpoints([partition]));
      const epoch = await tables.reads.epoch();
      const failing = inOne(async (store) => {
        await store.write({ made: [coupon(id, 'ada')], checkpoints: [checkpoint(1)], lost: [] }, OPEN_AT);
        await store.renewEpoch(OPEN_AT);
        throw new Error('and then it fails');
      });
      expect(await failing.catch((error: Error) => error.message)).to.equal('and then it fails');
      expect([await issuedOf(id), (await checkpointNow())?.next]).to.deep.equal([0, 0]);
      expect(await tables.reads.epoch()).to.equal(epoch);
    });

    it('return the lost ranges that hold a position, each once', async () => {
      const range = { partition, from: 3, to: 6 };
      const checkpoints = [checkpoint(6, null)];
      await inOne((store) => store.addCheckpoints([partition]));
      for (let times = 0; times < 2; times++)
        await inOne((store) => store.write({ made: [], checkpoints, lost: [range] }, OPEN_AT));
      const lost = (...offsets: number[]) =>
        tables.reads.lost(offsets.map((offset) => ({ partition, offset })));
      expect(await lost(2, 6)).to.deep.equal([]);
      expect(await lost(3, 4, 5)).to.deep.equal([range]);
    });

    it('make a campaign once for each maker and key, and list the newest first', async () => {
      const made = await tables.campaigns.create(newCampaign(1, { createdBy: 'a shop' }), 'key');
      const again = await tables.campaigns.create(newCampaign(2, { createdBy: 'a shop' }), 'key');
      const other = await tables.campaigns.create(newCampaign(2, { createdBy: 'another' }), 'key');
      expect(again).to.deep.equal(made);
      expect(await tables.campaigns.isMade('a shop', 'key')).to.equal(true);
      expect(await tables.campaigns.isMade('a shop', 'another key')).to.equal(false);
      expect(other.id).not.to.equal(made.id);
      const ids = (await tables.campaigns.list(1_000)).map(({ id }) => id);
      expect(ids).to.deep.equal([...ids].sort().reverse());
      const [newest = ''] = ids;
      expect((await tables.campaigns.list(1_000, newest)).map(({ id }) => id)).to.deep.equal(ids.slice(1));
    });

    it('lock campaigns, and close one once, after every decided request', async () => {
      const id = await campaign(2);
      const locked = await inOne((store) => store.lockCampaigns([id, crypto.randomUUID()]));
      expect([...locked.keys()]).to.deep.equal([id]);
      await inOne((store) => store.addCheckpoints([partition]));
      await inOne((store) =>
        store.write({ made: [], checkpoints: [checkpoint(1, later(2_000_000))], lost: [] }, OPEN_AT),
      );
      const closed = await tables.campaigns.close(id, OPEN_AT);
      expect(closed?.closedAt).to.deep.equal(later(2_000_001));
      expect((await tables.campaigns.close(id, later(9_000_000)))?.closedAt).to.deep.equal(closed?.closedAt);
      expect(await tables.campaigns.close(crypto.randomUUID(), OPEN_AT)).to.equal(null);
    });
  });
}
