/** The worker against the simulator over HTTP: it charges and refunds an order once, whatever fails. */
import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { readTraceparent, spanIdOf } from '#protocol/trace.ts';
import { newSaga } from '#runtime/testing/commands.ts';
import type { Gateway } from './gateway.ts';
import { EITHER_BENCH } from './testing/bench.ts';
import { AMOUNT, charge, chargeId, takeBack } from './testing/commands.ts';
import { paymentFixture } from './testing/fixture.ts';
import { openPayments, type Payments } from './testing/payments.ts';
import type { TestSimulator } from './testing/simulator.ts';

const MINUTE_MS = 60_000;

/** A command as somebody sent it whose request is traced. */
function inTrace(record: InRecord, traceId: string): InRecord {
  const traceparent = `00-${traceId}-${'a'.repeat(16)}-01`;
  const envelope = { ...JSON.parse(String(record.value)), traceparent };
  return { ...record, value: Buffer.from(JSON.stringify(envelope)) };
}

for (const [where, open] of EITHER_BENCH)
  describe(`payment's worker, ${where}`, () => {
    const fixture = paymentFixture(open, { timeoutMs: 400 });
    let payments: Payments;
    let simulator: TestSimulator;
    let saga: string;
    beforeEach(() => {
      ({ payments, simulator } = fixture);
      saga = newSaga();
    });

    const paidOnce = async () => {
      const sum = await simulator.sumOf(saga);
      expect(sum).to.include({ charges: 1, charged: AMOUNT, refunded: 0, net: AMOUNT });
    };

    it('charges once, however often the command comes and however many workers run', async () => {
      const { handle, turn, worker, out } = payments;
      await handle(charge(saga));
      await handle(charge(saga));
      await Promise.all([turn(0, worker()), turn(0, worker()), turn(0, worker())]);
      await handle(charge(saga));
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.charged']);
      const [reply, again] = out.of(saga);
      expect(again).to.deep.equal(reply);
      expect(reply?.topic).to.equal('payment-completed');
      expect(reply?.data).to.include({ amount: AMOUNT, currency: 'EUR' });
      expect(reply?.data.chargeId).to.match(/^pi_/);
      await paidOnce();
      expect(await turn(MINUTE_MS)).to.equal(0);
    });

    it('declines for good, with a text for the customer', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga, { method: 'pm_card_chargeDeclinedInsufficientFunds' }));
      await turn();
      expect(out.of(saga).map(({ type, data }) => ({ type, data }))).to.deep.equal([
        {
          type: 'payment.declined',
          data: { code: 'card_declined', text: 'Your card has insufficient funds.' },
        },
      ]);
    });

    it('declines an unknown payment method', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga, { method: 'pm_card_nonsense' }));
      await turn();
      expect(out.of(saga)[0]?.data.code).to.equal('resource_missing');
    });

    it('charges crowns in the gateway’s unit, and replies and refunds in ISO’s', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga, { amount: 2_000, currency: 'ISK' }));
      await turn();
      expect(out.of(saga)[0]?.data).to.include({ amount: 2_000, currency: 'ISK' });
      expect(await simulator.sumOf(saga)).to.include({ charged: 200_000, currency: 'ISK' });
      await handle(takeBack('payment.refund', saga));
      await turn();
      expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.refunded']);
      expect(await simulator.sumOf(saga)).to.include({ refunded: 200_000, net: 0 });
    });

    it('declines a charge that the gateway would refuse, without a call', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga, { amount: 30 }));
      await turn();
      expect(out.of(saga)[0]?.data).to.deep.equal({
        code: 'below-minimum',
        text: 'It cannot be charged: the smallest charge is EUR 0.50.',
      });
      expect(await simulator.sumOf(saga)).to.equal(undefined);
    });

    it('makes no gateway call for an amount of 0', async () => {
      const { handle, turn, out } = payments;
      await handle(charge(saga, { amount: 0 }));
      expect(await turn()).to.equal(0);
      expect(out.types(saga)).to.deep.equal(['payment.charged']);
      expect(await simulator.sumOf(saga)).to.equal(undefined);
    });

    for (const [what, behaviour] of Object.entries({
      'answers 500 after it charged': { on: ['confirm'], next: 1, errorAfterActingRate: 1 },
      'answers 500 before it charged, and would repeat that to the same key': {
        on: ['confirm'],
        next: 1,
        errorRate: 1,
      },
      'answers 500 to the creation, and would repeat that': {
        on: ['create'],
        next: 1,
        errorAfterActingRate: 1,
      },
      'charges and never answers': { on: ['confirm'], next: 1, hangAfterActingRate: 1 },
      'never answers the creation': { on: ['create'], next: 1, hangAfterActingRate: 1 },
      hangs: { on: ['confirm'], next: 1, outage: 'hang' },
      'cuts the connection, twice': { on: ['confirm'], next: 2, outage: 'refuse' },
    })) {
      it(`charges once where the gateway ${what}`, async () => {
        const { handle, turn, out } = payments;
        await simulator.behave(behaviour);
        await handle(charge(saga));
        await turn();
        expect(out.types(saga)).to.deep.equal(['payment.delayed']);
        await turn(MINUTE_MS);
        expect(out.types(saga)).to.deep.equal(['payment.delayed', 'payment.charged']);
        await paidOnce();
      });
    }

    it('reads the payment’s state before it confirms again', async () => {
      const { handle, turn, out, worker, stripe } = payments;
      const keys: string[] = [];
      const confirm: Gateway['confirm'] = (id, key) => {
        keys.push(key);
        return stripe.confirm(id, key);
      };
      await simulator.behave({ on: ['confirm'], next: 1, hangAfterActingRate: 1 });
      await handle(charge(saga));
      await turn(0, worker({ gateway: { ...stripe, confirm } }));
      await simulator.forgetKeys();
      await turn(25 * 60 * MINUTE_MS, worker({ gateway: { ...stripe, confirm } }));
      expect(out.types(saga)).to.deep.equal(['payment.delayed', 'payment.charged']);
      expect(keys).to.deep.equal([`${chargeId(saga)}/confirm`]);
      await paidOnce();
    });

    it('treats refused credentials as an outage, never as a decline', async () => {
      const { handle, turn, out } = payments;
      const wrong = openPayments(fixture.bench.unitOfWork, { ...simulator, key: 'sk_wrong' });
      await handle(charge(saga));
      await turn(0, wrong.worker());
      wrong.close();
      expect(wrong.out.of(saga).map(({ type, data }) => [type, data.code])).to.deep.equal([
        ['payment.delayed', 'gateway-refuses-key'],
      ]);
      await turn(MINUTE_MS);
      expect(out.types(saga)).to.deep.equal(['payment.charged']);
    });

    it('gives notices in the trace of their command: of a charge, and of its undo', async () => {
      const { handle, turn, out } = payments;
      const traces = { charge: 'c'.repeat(32), refund: 'd'.repeat(32) };
      await simulator.behave({ on: ['confirm'], next: 1, outage: 'hang' });
      await handle(inTrace(charge(saga), traces.charge));
      await turn();
      await turn(MINUTE_MS);
      await simulator.behave({ on: ['refund'], next: 1, outage: 'hang' });
      await handle(inTrace(takeBack('payment.refund', saga), traces.refund));
      await turn();
      await turn(2 * MINUTE_MS);
      expect(
        out.of(saga).map(({ type, id, traceparent }) => {
          const trace = readTraceparent(traceparent);
          return [type, trace?.traceId, trace?.spanId === spanIdOf(id)];
        }),
      ).to.deep.equal([
        ['payment.delayed', traces.charge, true],
        ['payment.charged', traces.charge, true],
        ['payment.delayed', traces.refund, true],
        ['payment.refunded', traces.refund, true],
      ]);
    });

    it('gives a notice at most once a minute, with the attempt and the time of the next', async () => {
      const { handle, turn, out, clock } = payments;
      await simulator.behave({ outage: 'hang' });
      await handle(charge(saga));
      const startedAt = clock.now();
      let tries = await turn();
      while (clock.now() < startedAt + 4 * MINUTE_MS) tries += await turn(2_000);
      const notices = out.of(saga);
      const times = notices.map(({ time }) => Date.parse(time));
      expect(tries).to.be.greaterThan(notices.length + 2);
      expect(notices.length).to.be.within(3, 4);
      expect(new Set(notices.map(({ id }) => id)).size).to.equal(notices.length);
      for (const [i, at] of times.entries()) expect(at - (times[i - 1] ?? 0)).to.be.at.least(MINUTE_MS);
      expect(notices[1]).to.deep.include({ type: 'payment.delayed', commandid: chargeId(saga) });
      expect(notices[1]?.data).to.include({ code: 'gateway-timed-out' });
      expect(notices[1]?.data.attempt).to.be.greaterThan(1);
      expect(Date.parse(String(notices[1]?.data.nextTryAt))).to.be.greaterThan(times[1] ?? 0);
    });
  });
