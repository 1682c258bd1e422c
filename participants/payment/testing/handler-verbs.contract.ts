/** The contract of the handlers' verbs of payment's store, on PostgreSQL and in memory. */
import { expect } from 'chai';
import { newSaga } from '#runtime/testing/commands.ts';
import type { PaymentBench } from './bench.ts';
import { chargeId } from './commands.ts';
import { at, OneSaga } from './one-saga.ts';

/** @param open opens a bench of its own */
export function handlerVerbsContract(name: string, open: () => Promise<PaymentBench>): void {
  describe(`payment’s store, the handlers’ verbs, ${name}`, () => {
    const of = new OneSaga(open);

    it('keeps the first version of an intent, and makes open ones due', async () => {
      const settled = { outcome: 'declined', declineCode: 'card_declined', gatewayId: 'pi_1' } as const;
      await of.insert(
        of.fresh(1, { traceparent: '00-a-b-01', gatewayCustomer: 'cus_1' }),
        of.fresh(2, settled),
      );
      await of.insert(of.fresh(1, { amount: 1 }));
      const [first, second] = await of.bench.intents(of.saga);
      expect(first).to.deep.equal({
        ...of.fresh(1, { traceparent: '00-a-b-01', gatewayCustomer: 'cus_1' }),
        createdAt: at(10),
        gatewayId: null,
        declineCode: null,
        goal: 'charge',
        undoneAt: null,
        refundId: null,
        refundRefusal: null,
        tries: 0,
        keyNumber: 1,
        lastFailure: null,
        noticedAt: null,
        lease: null,
        dueAt: at(10),
      });
      expect(second).to.deep.include({ ...settled, dueAt: null, traceparent: null, gatewayCustomer: null });
    });

    it('gives the gateway’s customer to the worker', async () => {
      await of.insert(of.fresh(1, { gatewayCustomer: 'cus_1' }), of.fresh(2));
      const claimed = await of.claim();
      expect(claimed.map(({ gatewayCustomer }) => gatewayCustomer).sort()).to.deep.equal(['cus_1', null]);
    });

    it('raises a goal and never lowers it, and makes an unclaimed intent due at once', async () => {
      await of.claimed();
      const found = await of.want('settle');
      expect([...found]).to.deep.equal([
        [chargeId(of.saga), { commandId: chargeId(of.saga), outcome: 'open', undone: false }],
      ]);
      expect(await of.row(), 'held: it keeps its lease').to.deep.include({
        goal: 'settle',
        tries: 1,
        dueAt: at(1_010),
      });
      await of.want('undo');
      await of.want('settle');
      expect(await of.row()).to.include({ goal: 'undo' });
      const none = await of.alone((store) =>
        store.raiseGoals([{ sagaId: of.saga, commandId: chargeId(of.saga, 7) }], 'undo', at(1)),
      );
      expect(none.size).to.equal(0);
      const other = of.fresh(2);
      await of.insert(other);
      await of.alone((store) => store.raiseGoals([other], 'undo', at(77)));
      expect((await of.bench.intents(of.saga))[1]).to.deep.include({
        goal: 'undo',
        tries: 0,
        dueAt: at(77),
      });
    });

    it('undoes a charge without a gateway at once', async () => {
      await of.insert(of.fresh(1, { gateway: 'none', outcome: 'charged', gatewayId: 'none_1' }));
      expect((await of.want('settle')).get(chargeId(of.saga))).to.include({ undone: false });
      expect((await of.want('undo', 30)).get(chargeId(of.saga))).to.include({ undone: true });
      await of.want('undo', 40);
      expect(await of.row()).to.deep.include({ undoneAt: at(30), dueAt: null });
    });

    it('keeps waiting undos until they are answered', async () => {
      await of.alone((store) => store.insertUndos([of.undo(2), of.undo(1)], at(10)));
      await of.alone((store) => store.insertUndos([{ ...of.undo(1), type: 'payment.revoke' }], at(11)));
      const lock = () =>
        of.bench.unitOfWork.transaction(({ store }) => store.lockWaitingUndos([of.saga, newSaga()]));
      expect(await lock()).to.deep.equal([of.undo(1), of.undo(2)]);
      await of.alone((store) => store.recordAnswered([of.undo(1)], at(20)));
      expect(await lock()).to.deep.equal([of.undo(2)]);
      const [answered] = await of.bench.undos(of.saga);
      expect(answered).to.deep.equal({
        ...of.undo(1),
        createdAt: at(10),
        noticedAt: null,
        answeredAt: at(20),
      });
    });

    it('reads a saga’s intents for its undos', async () => {
      await of.insert(of.fresh(1), of.fresh(2, { gateway: 'none', outcome: 'charged' }));
      await of.alone((store) => store.raiseGoals([of.fresh(2)], 'undo', at(20)));
      const settled = await of.alone((store) => store.readSettled([of.saga, newSaga()]));
      expect(settled).to.deep.equal(
        new Map([
          [chargeId(of.saga, 1), { outcome: 'open', undone: false, refundRefusal: null }],
          [chargeId(of.saga, 2), { outcome: 'charged', undone: true, refundRefusal: null }],
        ]),
      );
    });
  });
}
