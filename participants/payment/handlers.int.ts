/** With the gateway `none` the handlers answer each command in its own transaction, once. */
import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { newSaga, Published, runBatch } from '#runtime/testing/commands.ts';
import { paymentParticipant } from './handlers.ts';
import { EITHER_BENCH, type PaymentBench } from './testing/bench.ts';
import { charge, chargeId, takeBack } from './testing/commands.ts';

for (const [where, open] of EITHER_BENCH)
  describe(`payment with the gateway none, ${where}`, () => {
    let bench: PaymentBench;
    const participant = paymentParticipant({ gateway: 'none' });

    before(async () => {
      bench = await open();
    });
    after(() => bench?.close());

    const run = (publisher: Published, ...records: InRecord[]) =>
      runBatch({ participant, unitOfWork: bench.unitOfWork, publisher }, records);

    it('charges, and repeats the reply byte for byte', async () => {
      const out = new Published();
      const saga = newSaga();
      await run(out, charge(saga));
      await run(out, charge(saga));
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.charged']);
      expect(out.messages[0]?.topic).to.equal('payment-completed');
      expect(out.messages[0]?.value).to.equal(out.messages[1]?.value);
      expect(await bench.intents(saga)).to.have.length(1);
    });

    it('declines, and the undo of a declined charge finds it refused', async () => {
      const out = new Published();
      const saga = newSaga();
      await run(out, charge(saga, { method: 'pm_card_chargeDeclined' }), takeBack('payment.refund', saga));
      expect(out.types(saga)).to.deep.equal(['payment.declined', 'payment.refunded']);
      expect(out.of(saga)[1]?.data).to.deep.equal({ found: { [chargeId(saga)]: 'refused' } });
    });

    it('refunds once: a second undo finds it undone', async () => {
      const out = new Published();
      const saga = newSaga();
      await run(out, charge(saga), takeBack('payment.refund', saga));
      const [first] = await bench.intents(saga);
      await run(out, takeBack('payment.refund', saga, { nth: 2 }));
      expect(
        out
          .of(saga)
          .slice(1)
          .map((one) => one.data),
      ).to.deep.equal([{ found: { [chargeId(saga)]: 'undone' } }, { found: { [chargeId(saga)]: 'undone' } }]);
      expect(first?.undoneAt).to.be.instanceOf(Date);
      expect((await bench.intents(saga))[0]?.undoneAt).to.deep.equal(first?.undoneAt);
    });

    it('refuses a charge whose undo came first', async () => {
      const out = new Published();
      const saga = newSaga();
      await run(out, takeBack('payment.refund', saga), charge(saga));
      expect(out.of(saga).map(({ type, data }) => ({ type, data }))).to.deep.equal([
        { type: 'payment.refunded', data: { found: { [chargeId(saga)]: 'not-executed' } } },
        { type: 'payment.declined', data: { code: 'revoked' } },
      ]);
    });

    it('reports a done charge to a revoke, and undoes nothing', async () => {
      const out = new Published();
      const saga = newSaga();
      await run(out, charge(saga), takeBack('payment.revoke', saga, { charges: [1, 2] }));
      expect(out.of(saga)[1]?.data).to.deep.equal({
        found: { [chargeId(saga)]: 'done', [chargeId(saga, 2)]: 'not-executed' },
      });
    });

    it('approves an amount of 0 whatever the method', async () => {
      const out = new Published();
      const saga = newSaga();
      await run(out, charge(saga, { amount: 0, method: 'pm_card_chargeDeclined' }));
      expect(out.types(saga)).to.deep.equal(['payment.charged']);
    });
  });
