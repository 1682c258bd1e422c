/** Undos against the simulator: whatever the state of the charge, the order's sum is zero in the end. */
import { expect } from 'chai';
import { newSaga } from '#runtime/testing/commands.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { EITHER_BENCH } from './testing/bench.ts';
import { AMOUNT, charge, chargeId, takeBack } from './testing/commands.ts';
import { paymentFixture } from './testing/fixture.ts';
import type { Payments } from './testing/payments.ts';
import type { TestSimulator } from './testing/simulator.ts';

const MINUTE_MS = 60_000;

for (const [where, open] of EITHER_BENCH)
  describe(`payment's undo, ${where}`, () => {
    const fixture = paymentFixture(open, { timeoutMs: 1_000 });
    let payments: Payments;
    let simulator: TestSimulator;
    let saga: string;
    beforeEach(() => {
      ({ payments, simulator } = fixture);
      saga = newSaga();
    });

    const said = () => payments.out.of(saga).map(({ type, data }) => ({ type, data }));
    const found = (finding: string, nth = 1) => ({ found: { [chargeId(saga, nth)]: finding } });

    it('refunds a charge once, however often the undo comes', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga));
      await turn();
      await handle(takeBack('payment.refund', saga));
      await handle(takeBack('payment.refund', saga, { nth: 2 }));
      expect(out.types(saga)).to.deep.equal(['payment.charged']);
      await turn();
      await handle(takeBack('payment.refund', saga, { nth: 3 }));
      expect(said().slice(1)).to.deep.equal(
        [1, 2, 3].map(() => ({ type: 'payment.refunded', data: found('undone') })),
      );
      expect(await simulator.sumOf(saga)).to.include({ charges: 1, charged: AMOUNT, refunded: AMOUNT });
    });

    it('refuses a charge that comes after it, without a gateway call', async () => {
      const { handle, turn } = payments;
      await handle(takeBack('payment.refund', saga));
      await handle(charge(saga));
      expect(await turn(MINUTE_MS)).to.equal(0);
      expect(said()).to.deep.equal([
        { type: 'payment.refunded', data: found('not-executed') },
        { type: 'payment.declined', data: { code: 'revoked' } },
      ]);
      expect(await simulator.sumOf(saga)).to.equal(undefined);
    });

    it('waits for a confirmation under way, reports a late success, then refunds it', async () => {
      const { handle, turn, out } = payments;
      await simulator.behave({ on: ['confirm'], chargeFirstThenAnswerAfterMs: 500 });
      await handle(charge(saga));
      const first = turn();
      await waitUntil(
        () => simulator.sumOf(saga),
        (sum) => sum?.net === AMOUNT,
      );
      await handle(takeBack('payment.refund', saga));
      expect(await turn(), 'the intent is under way: nobody else takes it').to.equal(0);
      expect(out.types(saga)).to.deep.equal([]);
      await first;
      expect(await turn()).to.equal(1);
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.refunded']);
      expect(said()[1]?.data).to.deep.equal(found('undone'));
      expect(await simulator.sumOf(saga)).to.include({ charges: 1, refunded: AMOUNT, net: 0 });
    });

    it('finds a success whose answer was lost, reports it, and refunds it', async () => {
      const { handle, turn, out } = payments;
      await simulator.behave({ on: ['confirm'], next: 1, hangAfterActingRate: 1 });
      await handle(charge(saga));
      await turn();
      await handle(takeBack('payment.refund', saga));
      await turn();
      await turn();
      expect(out.types(saga)).to.deep.equal(['payment.delayed', 'payment.charged', 'payment.refunded']);
      expect(await simulator.sumOf(saga)).to.include({ charges: 1, net: 0 });
    });

    it('cancels an unconfirmed payment, and attempts it no more', async () => {
      const { handle, turn } = payments;
      await simulator.behave({ on: ['confirm'], outage: 'refuse' });
      await handle(charge(saga));
      await turn();
      await simulator.behave({});
      await handle(takeBack('payment.refund', saga));
      await turn();
      expect(said().slice(1)).to.deep.equal([
        { type: 'payment.declined', data: { code: 'cancelled' } },
        { type: 'payment.refunded', data: found('refused') },
      ]);
      const sum = await simulator.sumOf(saga);
      expect(sum).to.include({ charges: 0, net: 0 });
      expect(sum?.intents.map(({ status }) => status)).to.deep.equal(['canceled']);
      expect(await turn(MINUTE_MS)).to.equal(0);
    });

    it('needs no gateway for a payment that was never created', async () => {
      const { handle, turn } = payments;
      await simulator.behave({ outage: 'refuse' });
      await handle(charge(saga));
      await turn();
      await handle(takeBack('payment.refund', saga));
      await turn();
      expect(said().slice(1)).to.deep.equal([
        { type: 'payment.declined', data: { code: 'cancelled' } },
        { type: 'payment.refunded', data: found('refused') },
      ]);
    });

    it('waits out an outage with notices, and settles afterwards', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga));
      await turn();
      await simulator.behave({ outage: 'refuse' });
      await handle(takeBack('payment.refund', saga));
      for (let i = 0; i < 3; i++) await turn(MINUTE_MS);
      const delayed = out.of(saga).filter(({ type }) => type === 'payment.delayed');
      expect(delayed.length).to.be.within(2, 3);
      for (const { commandid } of delayed) expect(commandid).to.equal(`${saga}/payment.refund`);
      await simulator.behave({});
      await turn(2 * MINUTE_MS);
      expect(said().at(-1)).to.deep.equal({ type: 'payment.refunded', data: found('undone') });
      expect(await simulator.sumOf(saga)).to.include({ net: 0, refunded: AMOUNT });
    });

    for (const [what, behaviour] of Object.entries({
      'is lost': { on: ['refund'], next: 1, hangAfterActingRate: 1 },
      'is a 500 though it was made': { on: ['refund'], next: 1, errorAfterActingRate: 1 },
      'is a 500, which the gateway would repeat': { on: ['refund'], next: 1, errorRate: 1 },
    })) {
      it(`refunds once where the answer to the refund ${what}`, async () => {
        const { handle, turn, out } = payments;
        await handle(charge(saga));
        await turn();
        await simulator.behave(behaviour);
        await handle(takeBack('payment.refund', saga));
        await turn();
        await simulator.forgetKeys();
        await turn(MINUTE_MS);
        expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.delayed', 'payment.refunded']);
        expect(await simulator.sumOf(saga)).to.include({ charges: 1, refunded: AMOUNT, net: 0 });
        const [intent] = await fixture.bench.intents(saga);
        expect(intent?.refundId, 'the refund it made is known').to.match(/^re_/);
      });
    }

    it('reports a refused refund; a second undo retries it', async () => {
      const { handle, turn } = payments;
      await handle(charge(saga));
      await turn();
      await simulator.behave({ on: ['refund'], refundStatus: 'failed' });
      for (const nth of [1, 2]) {
        await handle(takeBack('payment.refund', saga, { nth }));
        expect(await turn()).to.equal(1);
      }
      const answers = said().slice(1);
      expect(answers.map(({ type }) => type)).to.deep.equal([
        'payment.refundRefused',
        'payment.refundRefused',
      ]);
      for (const { data } of answers) {
        expect(data).to.include({ code: 'refund-failed' });
        expect(data['text']).to.match(/^re_\w+: failed: expired_or_canceled_card$/);
      }
      expect(await turn(MINUTE_MS)).to.equal(0);
      expect(await simulator.sumOf(saga)).to.include({ net: AMOUNT });
    });

    it('refunds what is owed: what others refunded at the gateway counts', async () => {
      const { handle, turn } = payments;
      await handle(charge(saga));
      await turn();
      await simulator.act('refunds', { orderId: saga, amount: 100 });
      await handle(takeBack('payment.refund', saga));
      await turn();
      expect(said().at(-1)).to.deep.equal({ type: 'payment.refunded', data: found('undone') });
      expect(await simulator.sumOf(saga)).to.include({ refunded: AMOUNT, net: 0 });
      const reversals = await fixture.bench.reversals(saga);
      expect(reversals.map(({ amount, state, own }) => [amount, state, own])).to.have.deep.members([
        [100, 'settled', false],
        [AMOUNT - 100, 'settled', true],
      ]);
    });

    it('waits for a pending refund, with a notice, and replies once the bank confirms it', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga, { method: 'pm_card_pendingRefund' }));
      await turn();
      await handle(takeBack('payment.refund', saga));
      await turn();
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.pending']);
      expect(out.of(saga)[1]).to.deep.include({ commandid: `${saga}/payment.refund` });
      expect(await turn(2 * MINUTE_MS), 'it is watched').to.equal(1);
      expect(await simulator.sumOf(saga), 'nothing is back yet').to.include({ refunded: 0 });
      await simulator.act('refunds/move', { orderId: saga, status: 'succeeded' });
      await turn(10 * MINUTE_MS);
      expect(said().at(-1)).to.deep.equal({ type: 'payment.refunded', data: found('undone') });
      expect(await simulator.sumOf(saga)).to.include({ refunded: AMOUNT, net: 0 });
      expect(await turn(24 * 60 * MINUTE_MS), 'it is final').to.equal(0);
    });

    it('reports a pending refund that fails, and makes another on the next undo', async () => {
      const { handle, turn } = payments;
      await handle(charge(saga, { method: 'pm_card_pendingRefund' }));
      await turn();
      await handle(takeBack('payment.refund', saga));
      await turn();
      await simulator.act('refunds/move', { orderId: saga, status: 'failed' });
      await turn(MINUTE_MS);
      expect(said().at(-1)?.type).to.equal('payment.refundRefused');
      await handle(takeBack('payment.refund', saga, { nth: 2 }));
      await turn();
      await simulator.act('settle');
      await simulator.act('refunds/move', { orderId: saga, status: 'succeeded' });
      await turn(10 * MINUTE_MS);
      expect(said().at(-1)).to.deep.equal({ type: 'payment.refunded', data: found('undone') });
      expect(await simulator.sumOf(saga)).to.include({ refunded: AMOUNT, net: 0 });
    });

    it('watches ever more slowly, and raises one incident when it takes too long', async () => {
      const { handle, turn } = payments;
      await handle(charge(saga, { method: 'pm_card_pendingRefund' }));
      await turn();
      await handle(takeBack('payment.refund', saga));
      let checks = 0;
      for (let hour = 0; hour < 80; hour++) checks += await turn(60 * MINUTE_MS);
      expect(checks).to.be.within(60, 80);
      const incidents = await fixture.bench.incidents(saga);
      expect(incidents.map(({ code, commandId }) => [code, commandId])).to.deep.equal([
        ['refund-overdue', `${saga}/payment.refund`],
      ]);
    });

    it('never refunds what a chargeback has withdrawn: an open one is waited for, a won one is refunded', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga));
      await turn();
      await simulator.act('disputes', { orderId: saga });
      await handle(takeBack('payment.refund', saga));
      await turn();
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.pending']);
      expect((await fixture.bench.incidents(saga)).map(({ code }) => code)).to.deep.equal([
        'charge-disputed',
      ]);
      await simulator.act('disputes/move', { orderId: saga, status: 'won' });
      await turn(MINUTE_MS);
      expect(said().at(-1)).to.deep.equal({ type: 'payment.refunded', data: found('undone') });
      expect(await simulator.sumOf(saga)).to.include({ refunded: AMOUNT, net: 0 });
    });

    it('replies for several charges once the last is settled', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga, { nth: 1 }));
      await turn();
      await simulator.behave({ on: ['confirm'], outage: 'refuse' });
      await handle(charge(saga, { nth: 2 }));
      await turn();
      await handle(takeBack('payment.refund', saga, { charges: [1, 2, 3] }));
      await Promise.all([turn(0, payments.worker()), turn(0, payments.worker())]);
      expect(out.of(saga).at(-1)?.data).to.deep.equal({
        found: {
          [chargeId(saga, 1)]: 'undone',
          [chargeId(saga, 2)]: 'refused',
          [chargeId(saga, 3)]: 'not-executed',
        },
      });
      expect(out.types(saga).filter((type) => type === 'payment.refunded')).to.have.length(1);
    });

    it('by a revoke settles an open payment and undoes nothing', async () => {
      const { handle, turn } = payments;
      await simulator.behave([{ on: ['confirm'], next: 1, hangAfterActingRate: 1 }]);
      await handle(charge(saga));
      await turn();
      await handle(takeBack('payment.revoke', saga));
      await turn();
      expect(
        said()
          .slice(1)
          .map(({ type }) => type),
      ).to.deep.equal(['payment.charged', 'payment.revoked']);
      expect(said().at(-1)?.data).to.deep.equal(found('done'));
      expect(await turn(MINUTE_MS)).to.equal(0);
      expect(await simulator.sumOf(saga)).to.include({ net: AMOUNT });
      await handle(takeBack('payment.refund', saga));
      await turn();
      expect(said().at(-1)).to.deep.equal({ type: 'payment.refunded', data: found('undone') });
    });
  });
