/** The contract of claims, on PostgreSQL and in memory. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { PaymentBench } from './bench.ts';
import { chargeId } from './commands.ts';
import { at, OneSaga } from './one-saga.ts';

/** @param open opens a bench of its own */
export function claimsContract(name: string, open: () => Promise<PaymentBench>): void {
  describe(`payment’s store, the verbs of claiming, ${name}`, () => {
    const of = new OneSaga(open);

    it('claims the due intents of one gateway under a lease, oldest first', async () => {
      await of.alone((store) => store.insertIntents([of.fresh(1)], at(12)));
      await of.alone((store) => store.insertIntents([of.fresh(2)], at(11)));
      await of.insert(of.fresh(3, { gateway: 'none' }), of.fresh(4, { outcome: 'charged' }));
      expect(await of.claim(100, 10)).to.deep.equal([]);
      const lease = randomUUID();
      const [intent, ...others] = await of.claim(1, 12, lease);
      expect(others).to.deep.equal([]);
      const { sagaId, commandId, amount, currency, method, customerId } = of.fresh(2);
      expect(intent).to.deep.equal({
        ...{ sagaId, commandId, amount, currency, method, customerId, lease },
        ...{ gatewayCustomer: null, traceparent: null, gatewayId: null, outcome: 'open', goal: 'charge' },
        ...{ undone: false, refundId: null, refundRefused: false, tries: 1, keyNumber: 1 },
      });
      expect((await of.claim(100, 12)).map((one) => one.commandId)).to.deep.equal([chargeId(of.saga, 1)]);
      expect(await of.claim(100, 1_011)).to.deep.equal([]);
      expect((await of.claim(100, 1_012)).map(({ tries }) => tries)).to.deep.equal([2, 2]);
    });

    it('extends a lease for its holder alone, and wakes unclaimed intents alone', async () => {
      const intent = await of.claimed();
      await of.alone((store) => store.renewLeases([{ ...intent, lease: randomUUID() }], at(5_000)));
      expect(await of.row()).to.deep.include({ dueAt: at(1_010) });
      await of.alone((store) => store.renewLeases([intent], at(2_000)));
      await of.alone((store) => store.wakeIntents([of.saga], at(30)));
      expect(await of.row()).to.deep.include({ dueAt: at(2_000) });
      const put = { ...intent, lastFailure: 'x', dueAt: at(9_000), untried: false, newKey: false };
      await of.alone((store) => store.postponeIntents([put], at(40), at(0)));
      await of.alone((store) => store.wakeIntents([of.saga], at(50)));
      expect(await of.row()).to.deep.include({ dueAt: at(50) });
      await of.alone((store) => store.wakeIntents([of.saga], at(60)));
      expect(await of.row(), 'what is due keeps its place').to.deep.include({ dueAt: at(50) });
    });

    it('counts the intents without an attempt, up to a bound', async () => {
      const count = (max: number) => of.alone((store) => store.countUntried(of.gateway, max));
      await of.insert(of.fresh(1), of.fresh(2), of.fresh(3), of.fresh(4, { outcome: 'charged' }));
      expect([await count(100), await count(2)]).to.deep.equal([3, 2]);
      await of.claim(1);
      await of.want('settle');
      expect(await count(100)).to.be.at.most(2);
      await of.claim();
      expect(await count(100)).to.equal(0);
    });
  });
}
