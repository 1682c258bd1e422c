/** The contract of the worker's verbs of payment's store, on PostgreSQL and in memory. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { PaymentBench } from './bench.ts';
import { chargeId } from './commands.ts';
import { at, OneSaga } from './one-saga.ts';

/** @param open opens a bench of its own */
export function workerVerbsContract(name: string, open: () => Promise<PaymentBench>): void {
  describe(`payment’s store, the worker’s verbs, ${name}`, () => {
    const of = new OneSaga(open);

    it('writes under a lease that holds, and nothing under a lost one', async () => {
      const intent = await of.claimed();
      const { sagaId, commandId, lease, goal } = intent;
      const lost = { sagaId, commandId, lease: randomUUID() };
      const before = await of.row();
      const put = { ...lost, goal, lastFailure: 'x', dueAt: at(9), untried: false, newKey: true };
      const written = [
        await of.alone((store) => store.writeGatewayIds([{ ...lost, gatewayId: 'pi_2' }])),
        await of.alone((store) => store.writeOutcomes([{ ...lost, outcome: 'charged' }], at(30))),
        await of.alone((store) => store.releaseIntents([lost], at(30))),
        await of.alone((store) => store.postponeIntents([put], at(30), at(0))),
      ];
      expect(written.flatMap((some) => [...some])).to.deep.equal([]);
      expect(await of.row()).to.deep.equal(before);
      const ids = await of.alone((store) => store.writeGatewayIds([{ ...intent, gatewayId: 'pi_1' }]));
      expect([...ids]).to.deep.equal([commandId]);
      const charged = await of.alone((store) =>
        store.writeOutcomes([{ sagaId, commandId, lease, outcome: 'charged' }], at(30)),
      );
      expect(charged).to.deep.equal([{ sagaId, commandId, goal: 'charge', gatewayId: 'pi_1' }]);
      expect(await of.row()).to.deep.include({ outcome: 'charged', gatewayId: 'pi_1', keyNumber: 1, lease });
    });

    it('releases an intent: due at once with a pending undo, never again without one', async () => {
      const intent = await of.claimed();
      const { sagaId, commandId, lease } = intent;
      const held = { sagaId, commandId, lease };
      await of.alone((store) => store.writeOutcomes([{ ...held, outcome: 'charged' }], at(30)));
      await of.want('undo');
      expect([...(await of.alone((store) => store.releaseIntents([held], at(40))))]).to.deep.equal([
        commandId,
      ]);
      expect(await of.row()).to.deep.include({ lease: null, tries: 0, dueAt: at(40) });
      const [again] = await of.claim(1, 40);
      const second = { ...held, lease: again?.lease ?? '' };
      const refundRefusal = { code: 'refund-failed', text: 'no' };
      await of.alone((store) => store.writeOutcomes([{ ...second, refundRefusal }], at(50)));
      expect(await of.row()).to.deep.include({ refundRefusal, keyNumber: 2 });
      expect((await of.alone((store) => store.releaseIntents([second], at(60)))).size).to.equal(0);
      expect(await of.row()).to.deep.include({ dueAt: null, tries: 0 });
      await of.want('undo', 70);
      expect(await of.row(), 'a second undo retries the refund').to.deep.include({
        refundRefusal: null,
        dueAt: at(70),
      });
    });

    it('postpones an intent, gives a notice at intervals, and makes it due at once where the goal has changed', async () => {
      const put = async (now: number, noticeBefore: number, changes = {}) => {
        const [intent] = await of.claim(1, now);
        if (intent === undefined) throw new Error('nothing is due');
        const off = { ...intent, goal: 'charge' as const, lastFailure: 'away', dueAt: at(now + 5) };
        const [seen] = await of.alone((store) =>
          store.postponeIntents(
            [{ ...off, untried: false, newKey: false, ...changes }],
            at(now),
            at(noticeBefore),
          ),
        );
        return seen;
      };
      const traceparent = '00-a-b-01';
      await of.insert(of.fresh(1, { traceparent }));
      const key = { sagaId: of.saga, commandId: chargeId(of.saga), goal: 'charge', traceparent };
      expect(await put(10, 0)).to.deep.equal({ ...key, tries: 1, dueAt: at(15), notice: true });
      expect(await put(15, 9, { newKey: true })).to.deep.include({ tries: 2, notice: false });
      expect(await put(20, 10, { untried: true })).to.deep.include({ tries: 2, notice: true });
      expect(await of.row()).to.deep.include({
        keyNumber: 2,
        lastFailure: 'away',
        noticedAt: at(20),
        lease: null,
      });
      const [intent] = await of.claim(1, 25);
      await of.want('undo');
      if (intent === undefined) throw new Error('nothing is due');
      const off = { ...intent, lastFailure: 'away', dueAt: at(90), untried: false, newKey: false };
      const [seen] = await of.alone((store) => store.postponeIntents([off], at(80), at(79)));
      expect(seen).to.deep.include({ goal: 'undo', dueAt: at(80), notice: false });
    });

    it('refuses to undo an open charge as a data fault', async () => {
      const intent = await of.claimed();
      const { sagaId, commandId, lease } = intent;
      const items = [{ sagaId, commandId, lease, outcome: 'declined' as const, undone: true as const }];
      const error = await of.alone((store) => store.writeOutcomes(items, at(30))).catch((e: unknown) => e);
      expect(of.bench.unitOfWork.isDataFault(error), String(error)).to.equal(true);
      expect(await of.row()).to.deep.include({ outcome: 'open', undoneAt: null });
    });

    it('gives a notice about a waiting undo at intervals', async () => {
      await of.alone((store) => store.insertUndos([of.undo(1), of.undo(2)], at(10)));
      await of.alone((store) => store.recordAnswered([of.undo(2)], at(20)));
      const notices = (now: number, before: number) =>
        of.alone((store) => store.takeNotices([of.saga], at(now), at(before)));
      const { sagaId, commandId, traceparent } = of.undo(1);
      expect(await notices(30, 0)).to.deep.equal([{ sagaId, commandId, traceparent }]);
      expect(await notices(40, 29)).to.deep.equal([]);
      expect(await notices(50, 30)).to.deep.equal([{ sagaId, commandId, traceparent }]);
      expect(await of.alone((store) => store.takeNotices([], at(60), at(60)))).to.deep.equal([]);
    });
  });
}
