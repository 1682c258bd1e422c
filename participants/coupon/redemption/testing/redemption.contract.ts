/** The contract of redemption: the same tests on PostgreSQL and in memory. */
import { expect } from 'chai';
import type { Envelope, InRecord } from '#protocol/envelope.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { newSaga, Published, runBatch } from '#runtime/testing/commands.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { couponParticipant as participant } from '../handlers.ts';
import type { RedemptionStore } from '../store.ts';
import { usageId } from '../usage.ts';
import type { RedemptionBench } from './bench.ts';
import { redeem, redeemId, restore, restoreId, revoke } from './commands.ts';

const HOUR_MS = 3_600_000;

/** @param open opens a bench; other coupons in it do no harm */
export function redemptionContract(name: string, open: () => Promise<RedemptionBench>): void {
  describe(`redemption ${name}`, () => {
    let bench: RedemptionBench;
    let out: Published;
    before(async () => {
      bench = await open();
    });
    beforeEach(() => {
      out = new Published();
    });
    after(() => bench.close());
    const run = (records: InRecord[], unitOfWork: UnitOfWork<RedemptionStore> = bench.unitOfWork) =>
      runBatch({ participant, unitOfWork, publisher: out }, records);
    const events = () =>
      out.messages
        .filter(({ topic }) => topic === 'coupon-usage')
        .map(({ key, value }) => ({ key, ...(JSON.parse(String(value)) as Envelope) }));
    const codeOf = (saga: string) => out.of(saga).at(-1)?.data['code'];

    it('redeems a coupon for its owner, replies with the discount, and publishes coupon.used', async () => {
      const saga = newSaga();
      const { couponId, campaignId } = await bench.issue({});
      await run([redeem(saga, couponId)]);
      const use = { couponId, campaignId, userId: 'ann' };
      expect(out.of(saga)[0]).to.include({ type: 'coupon.redeemed', topic: 'saga-replies' });
      expect(out.of(saga)[0]?.data).to.deep.equal({ discount: 500, use });
      expect(await bench.holder(couponId)).to.deep.equal({ sagaId: saga, commandId: redeemId(saga) });
      const [event] = events();
      expect(event).to.include({ key: 'ann', type: 'coupon.used', subject: 'ann' });
      expect(event?.id).to.equal(usageId(redeemId(saga)));
      expect(event?.data).to.deep.equal({ ...use, discount: 500, orderId: saga });
    });

    it('accepts an upper-case id, and rounds percents of the amount down', async () => {
      const saga = newSaga();
      const { couponId } = await bench.issue({ discount: { kind: 'percent', value: 15 } });
      await run([redeem(saga, couponId.toUpperCase(), { amount: 1299, currency: 'USD' })]);
      expect(out.of(saga)[0]?.data['discount']).to.equal(194);
    });

    it('refuses an unknown, foreign, used or expired coupon and another currency, and publishes no event', async () => {
      const issued = async (changes: Parameters<RedemptionBench['issue']>[0]) =>
        (await bench.issue(changes)).couponId;
      const used = await issued({});
      await run([redeem(newSaga(), used)]);
      const cases: Array<[string, string]> = [
        ['unknown-coupon', 'WELCOME'],
        ['unknown-coupon', newSaga()],
        ['not-yours', await issued({ userId: 'bob' })],
        ['already-redeemed', used],
        ['expired', await issued({ validUntil: new Date(Date.now() - 1) })],
        ['other-currency', await issued({ discount: { kind: 'amount', value: 5, currency: 'USD' } })],
      ];
      out = new Published();
      const sagas = cases.map(newSaga);
      await run(cases.map(([, couponId], i) => redeem(sagas[i] ?? '', couponId)));
      expect(sagas.map(codeOf)).to.deep.equal(cases.map(([code]) => code));
      expect(new Set(sagas.flatMap((saga) => out.types(saga)))).to.deep.equal(new Set(['coupon.refused']));
      expect(events()).to.deep.equal([]);
      for (const [code, couponId] of cases.slice(2).filter(([code]) => code !== 'already-redeemed'))
        expect(await bench.holder(couponId), code).to.equal(null);
    });

    it('refuses a coupon that leaves less to pay than the smallest charge, and keeps it; leaving nothing is fine', async () => {
      const percent = async (value: number) =>
        (await bench.issue({ discount: { kind: 'percent', value } })).couponId;
      const [small, enough, free] = [newSaga(), newSaga(), newSaga()];
      const coupon = await percent(97);
      await run([redeem(small, coupon, { amount: 1_000 })]);
      expect(out.of(small)[0]?.data).to.deep.equal({
        code: 'below-minimum',
        text: 'The coupon leaves EUR 0.30 to pay, and the smallest charge is EUR 0.50.',
      });
      expect(await bench.holder(coupon)).to.equal(null);
      await run([redeem(enough, await percent(95), { amount: 1_000 })]);
      await run([redeem(free, await percent(100), { amount: 1_000 })]);
      expect([out.types(enough), out.types(free)]).to.deep.equal([['coupon.redeemed'], ['coupon.redeemed']]);
    });

    it('judges a coupon by the acceptance of the order, to the millisecond, however late it decides', async () => {
      const validUntil = new Date(Date.now() + HOUR_MS);
      const [late, saga] = [uuidv7(validUntil.getTime()), uuidv7(validUntil.getTime() - 1)];
      const { couponId } = await bench.issue({ validUntil });
      const now = () => validUntil.getTime() + HOUR_MS;
      await runBatch({ participant, unitOfWork: bench.unitOfWork, publisher: out, now }, [
        redeem(late, couponId),
        redeem(saga, couponId),
      ]);
      expect([codeOf(late), out.types(saga)[0]]).to.deep.equal(['expired', 'coupon.redeemed']);
    });

    it('redeems a coupon for the first of two orders in a batch', async () => {
      const [first, second] = [newSaga(), newSaga()];
      const { couponId } = await bench.issue({});
      await run([redeem(first, couponId), redeem(second, couponId)]);
      expect([out.types(first)[0], codeOf(second)]).to.deep.equal(['coupon.redeemed', 'already-redeemed']);
      expect(await bench.holder(couponId)).to.include({ sagaId: first });
      expect(events()).to.have.length(1);
    });

    it('restores once; a second restore replies undone, and publishes no event', async () => {
      const saga = newSaga();
      const { couponId, campaignId } = await bench.issue({});
      await run([redeem(saga, couponId)]);
      await run([restore(saga)]);
      await run([restore(saga, [redeemId(saga)], 2)]);
      const found = { [redeemId(saga)]: 'undone' };
      const use = { couponId, campaignId, userId: 'ann' };
      expect(out.of(saga).map(({ data }) => data)).to.deep.equal([
        { discount: 500, use },
        { found, use },
        { found },
      ]);
      expect(await bench.holder(couponId)).to.equal(null);
      expect(events().map(({ id, type, key }) => [id, type, key])).to.deep.equal([
        [usageId(redeemId(saga)), 'coupon.used', 'ann'],
        [usageId(restoreId(saga)), 'coupon.returned', 'ann'],
      ]);
      expect(events()[1]?.data).to.deep.equal({ ...use, orderId: saga });
    });

    it('redeems a restored coupon for another order, which a late restore of the first does not undo', async () => {
      const [failed, next, third] = [newSaga(), newSaga(), newSaga()];
      const { couponId } = await bench.issue({});
      await run([redeem(failed, couponId)]);
      await run([restore(failed), redeem(next, couponId), redeem(third, couponId)]);
      expect([out.types(next)[0], codeOf(third)]).to.deep.equal(['coupon.redeemed', 'already-redeemed']);
      // A third order’s command makes the batch lock the row, which the second order still holds.
      await run([restore(failed, [redeemId(failed)], 2), redeem(newSaga(), couponId)]);
      await run([restore(failed, [redeemId(failed)], 3)]);
      expect(await bench.holder(couponId)).to.deep.equal({ sagaId: next, commandId: redeemId(next) });
      expect(events().map(({ type }) => type)).to.deep.equal([
        'coupon.used',
        'coupon.returned',
        'coupon.used',
      ]);
    });

    it('replies what a restore found: one not executed or refused restores no coupon', async () => {
      const [early, refused] = [newSaga(), newSaga()];
      const { couponId } = await bench.issue({});
      await run([restore(early), redeem(early, couponId)]);
      await run([redeem(refused, newSaga()), restore(refused)]);
      expect(out.of(early).map(({ data }) => data)).to.deep.equal([
        { found: { [redeemId(early)]: 'not-executed' } },
        { code: 'revoked' },
      ]);
      expect(out.of(refused).at(-1)?.data).to.deep.equal({ found: { [redeemId(refused)]: 'refused' } });
      expect(await bench.holder(couponId)).to.equal(null);
      expect(events()).to.deep.equal([]);
    });

    it('revokes redemptions not executed yet, and leaves executed ones', async () => {
      const [before, done] = [newSaga(), newSaga()];
      const [one, other] = [await bench.issue({}), await bench.issue({})];
      await run([revoke(before), redeem(done, one.couponId), redeem(before, other.couponId), revoke(done)]);
      expect(out.types(before)).to.deep.equal(['coupon.revoked', 'coupon.refused']);
      expect(out.of(done).at(-1)?.data).to.deep.equal({ found: { [redeemId(done)]: 'done' } });
      expect(await bench.holder(one.couponId)).to.include({ sagaId: done });
      expect(await bench.holder(other.couponId)).to.equal(null);
    });

    it('publishes the same reply and event bytes again', async () => {
      const saga = newSaga();
      const { couponId } = await bench.issue({});
      await run([redeem(saga, couponId)]);
      await run([restore(saga)]);
      const published = out.messages.map(({ value }) => String(value)).sort();
      out = new Published();
      await run([redeem(saga, couponId), restore(saga)]);
      expect(out.messages.map(({ value }) => String(value)).sort()).to.deep.equal(published);
      expect(events()).to.have.length(2);
    });

    it('rejects a change of a coupon whose holder changed, and a second coupon of an order', async () => {
      const [held, free] = [await bench.issue({}), await bench.issue({})];
      const saga = newSaga();
      await run([redeem(saga, held.couponId)]);
      const write = (couponId: string, was: string | null, sagaId: string) => {
        const now = { sagaId, commandId: redeemId(sagaId), at: new Date() };
        const done = bench.unitOfWork.transaction(({ store }) =>
          store.writeRedemptions([{ couponId, was, now }]),
        );
        return done.then(
          () => null,
          (error: unknown) => error,
        );
      };
      const stale = await write(held.couponId, null, newSaga());
      expect(String(stale)).to.contain('changed by another');
      expect(bench.unitOfWork.isDataFault(stale)).to.equal(false);
      expect(bench.unitOfWork.isDataFault(await write(free.couponId, null, saga))).to.equal(true);
      expect(await bench.holder(held.couponId)).to.include({ sagaId: saga });
      expect(await bench.holder(free.couponId)).to.equal(null);
    });
  });
}
