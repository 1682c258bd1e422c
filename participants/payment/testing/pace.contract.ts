/** The contract of the pace's row: the same tests on PostgreSQL and in memory. */
import { expect } from 'chai';
import type { GatewayName } from '../intent.ts';
import type { PaymentBench } from './bench.ts';
import { OneSaga } from './one-saga.ts';

export function paceContract(name: string, open: () => Promise<PaymentBench>): void {
  describe(`the pace of a gateway ${name}`, () => {
    const of = new OneSaga(open);
    const read = (gateway: GatewayName) =>
      of.bench.unitOfWork.transaction(({ store }) => store.lockPace(gateway));

    it('begins without a learned rate, and keeps what is written for each gateway', async () => {
      const { state, nowMs } = await read(of.gateway);
      expect(state).to.deep.equal({ learned: null, learnedAt: 0, nextAt: 0 });
      expect(nowMs).to.be.closeTo(Date.now(), 60_000);
      const learned = { learned: 42.5, learnedAt: Math.floor(nowMs), nextAt: Math.floor(nowMs) + 1_234 };
      await of.bench.unitOfWork.transaction(({ store }) => store.writePace(of.gateway, learned));
      expect((await read(of.gateway)).state).to.deep.equal(learned);
      expect((await read('of-another' as GatewayName)).state.learned).to.equal(null);
    });
  });
}
