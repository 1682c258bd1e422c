/** Money that moves at the gateway without payment: found by webhooks alone, and by comparing the lists alone. */
import { createServer } from 'node:http';
import { expect } from 'chai';
import Stripe from 'stripe';
import { silent } from '#platform/process/log.ts';
import { newSaga } from '#runtime/testing/commands.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { GatewayRefusal } from './gateway.ts';
import { EITHER_BENCH } from './testing/bench.ts';
import { AMOUNT, charge, chargeId, takeBack } from './testing/commands.ts';
import { paymentFixture } from './testing/fixture.ts';
import { gate, type Payments } from './testing/payments.ts';
import type { TestSimulator } from './testing/simulator.ts';
import { openWebhook, WEBHOOK_PATH } from './webhook.ts';

const SECRET = 'whsec_of_a_test';
const MINUTE_MS = 60_000;

for (const [where, open] of EITHER_BENCH)
  describe(`money that moves at the gateway, ${where}`, () => {
    const fixture = paymentFixture(open, { timeoutMs: 2_000 });
    let payments: Payments;
    let simulator: TestSimulator;
    let saga: string;
    let webhook: Awaited<ReturnType<typeof openWebhook>>;
    let url: string;

    beforeEach(async () => {
      ({ payments, simulator } = fixture);
      saga = newSaga();
      const secrets = () => ['whsec_of_before', SECRET];
      webhook = await openWebhook({
        host: '127.0.0.1',
        port: 0,
        createServer,
        secrets,
        inspector: payments.inspector,
        log: silent,
      });
      url = `http://127.0.0.1:${webhook.port}${WEBHOOK_PATH}`;
      await simulator.webhooks({});
    });
    afterEach(() => webhook.close());

    const incidents = () =>
      payments.out
        .of(saga)
        .filter(({ type }) => type === 'payment.incident')
        .map(({ commandid, data }) => [commandid, data['code']]);
    const charged = async (method = 'pm_card_visa') => {
      await payments.handle(charge(saga, { method }));
      await payments.turn();
    };
    const refunded = async () => {
      await payments.handle(takeBack('payment.refund', saga));
      await payments.turn();
    };
    const byWebhook = (settings: object = {}) => simulator.webhooks({ url, secret: SECRET, ...settings });

    /** Each way is enough without the other. */
    const WAYS = {
      'a webhook': async (move: () => Promise<void>, count = 1) => {
        await byWebhook();
        await move();
        await waitUntil(
          async () => incidents(),
          (found) => found.length >= count,
        );
      },
      'the lists': async (move: () => Promise<void>) => {
        await move();
        await payments.reconcile();
      },
    };
    it('compares the other payments where the gateway refuses to show one, and that one the next time', async () => {
      const other = newSaga();
      await charged();
      await payments.handle(charge(other));
      await payments.turn();
      for (const orderId of [saga, other]) await simulator.act('refunds', { orderId, amount: 100 });
      const { inspect } = payments.inspector;
      const seen: string[] = [];
      payments.inspector.inspect = async (paymentId) => {
        seen.push(paymentId);
        if (seen.length === 1)
          throw new GatewayRefusal({ code: 'resource_missing', text: 'no such payment' });
        return inspect(paymentId);
      };
      const found = () =>
        [saga, other]
          .flatMap((one) => payments.out.of(one))
          .filter(({ type }) => type === 'payment.incident');
      try {
        await payments.reconcile();
        expect(new Set(seen).size).to.equal(2);
        expect(found()).to.have.length(1);
      } finally {
        payments.inspector.inspect = inspect;
      }
      await payments.reconcile();
      expect(found()).to.have.length(2);
    });

    for (const [way, by] of Object.entries(WAYS)) {
      it(`sees a partial refund of others by ${way}`, async () => {
        await charged();
        await by(() => simulator.act('refunds', { orderId: saga, amount: 100 }));
        expect(incidents()).to.deep.equal([[chargeId(saga), 'refunded-elsewhere']]);
        expect(await fixture.bench.reversals(saga)).to.have.length(1);
        await payments.reconcile();
        expect(incidents(), 'the same cause is one incident').to.have.length(1);
      });

      it(`sees a chargeback, and its end, by ${way}`, async () => {
        await charged();
        await by(() => simulator.act('disputes', { orderId: saga }));
        expect(incidents()).to.deep.equal([[chargeId(saga), 'charge-disputed']]);
        await by(() => simulator.act('disputes/move', { orderId: saga, status: 'lost' }), 2);
        expect(incidents()[1]).to.deep.equal([chargeId(saga), 'dispute-lost']);
      });

      it(`sees by ${way} that a refund it reported as done has failed, and refunds again on the next undo`, async () => {
        await charged('pm_card_refundFail');
        await refunded();
        expect(payments.out.of(saga).at(-1)?.type).to.equal('payment.refunded');
        await by(() => simulator.act('settle'));
        expect(incidents()).to.deep.equal([[`${saga}/payment.refund`, 'refund-failed']]);
        expect(await simulator.sumOf(saga)).to.include({ net: AMOUNT });
        await payments.handle(takeBack('payment.refund', saga, { nth: 2 }));
        await payments.turn();
        expect(payments.out.of(saga).at(-1)).to.deep.include({ type: 'payment.refunded' });
        expect(await simulator.sumOf(saga)).to.include({ net: 0 });
      });
    }

    // Regression: the worker recorded what it had read before as done, and nobody saw that the refund had failed.
    it('refuses an undo whose refund fails, and is inspected, before the worker has recorded it as done', async () => {
      await charged();
      const { stripe, inspector, clock } = payments;
      const { refund } = stripe;
      const made = gate();
      let paymentId = '';
      stripe.refund = async (id, ...rest) => {
        const answer = await refund(id, ...rest);
        paymentId = id;
        await made.arrive();
        return answer;
      };
      await payments.handle(takeBack('payment.refund', saga));
      const turn = payments.turn();
      await made.reached;
      await simulator.act('refunds/move', { orderId: saga, status: 'failed' });
      clock.advance(1_000);
      await inspector.inspect(paymentId);
      made.open();
      await turn;
      expect(payments.out.of(saga).at(-1)).to.deep.include({ type: 'payment.refundRefused' });
      expect(payments.out.of(saga).at(-1)?.data).to.include({ code: 'refund-failed' });
      stripe.refund = refund;
      await payments.handle(takeBack('payment.refund', saga, { nth: 2 }));
      await payments.turn();
      expect(payments.out.of(saga).at(-1)).to.deep.include({ type: 'payment.refunded' });
      expect(await simulator.sumOf(saga)).to.include({ net: 0 });
    });

    // Regression: the answer to the call that began first was dropped, and the undo was refused although the money was back.
    it('reports a refund as done that settles between two overlapping reads of it, whichever began first', async () => {
      await charged('pm_card_pendingRefund');
      await refunded();
      const { stripe, inspector, clock } = payments;
      const { moneyOf } = stripe;
      const begun = gate();
      let paymentId = '';
      stripe.moneyOf = async (id) => {
        stripe.moneyOf = moneyOf;
        paymentId = id;
        await begun.arrive();
        return moneyOf(id);
      };
      const turn = payments.turn(MINUTE_MS);
      await begun.reached;
      clock.advance(1_000);
      await inspector.inspect(paymentId);
      await simulator.act('refunds/move', { orderId: saga, status: 'succeeded' });
      begun.open();
      await turn;
      expect(payments.out.of(saga).at(-1)).to.deep.include({ type: 'payment.refunded' });
      await inspector.inspect(paymentId);
      const rows = await fixture.bench.reversals(saga);
      expect(rows.map(({ state }) => state)).to.deep.equal(['settled']);
    });

    // Regression: closing did not wait, so the event went on with a database and a publisher that were being closed.
    it('ends the event that it handles before it is closed', async () => {
      await charged();
      const { moneyOf } = payments.stripe;
      const reading = gate();
      payments.stripe.moneyOf = async (id) => {
        await reading.arrive();
        return moneyOf(id);
      };
      await byWebhook();
      await simulator.act('refunds', { orderId: saga, amount: 100 });
      await reading.reached;
      let isClosed = false;
      const closing = webhook.close().then(() => {
        isClosed = true;
      });
      await fetch(url).catch(() => 'takes no new request');
      expect(isClosed).to.equal(false);
      reading.open();
      await closing;
      expect(incidents()).to.deep.equal([[chargeId(saga), 'refunded-elsewhere']]);
    });

    it('attempts a pending refund at once when a webhook says that it moved', async () => {
      await charged('pm_card_pendingRefund');
      await refunded();
      await byWebhook({ doubledRate: 1 });
      await simulator.act('refunds/move', { orderId: saga, status: 'succeeded' });
      await waitUntil(
        () => payments.turn(),
        (claimed) => claimed > 0,
      );
      expect(payments.out.of(saga).at(-1)?.type).to.equal('payment.refunded');
    });

    it('reads every page of a list, and begins the next time where it ended', async () => {
      await charged();
      for (let n = 0; n < 130; n++) await simulator.act('refunds', { orderId: saga, amount: 1 });
      await payments.reconcile();
      expect(await fixture.bench.reversals(saga)).to.have.length(130);
      payments.clock.advance(2 * MINUTE_MS);
      expect(await payments.reconcile(), 'nothing differs').to.equal(0);
    });

    it('says that the gateway holds money payment has no charge of', async () => {
      await charged('pm_card_chargeDeclined');
      const elsewhere = payments.stripe;
      const made = {
        amount: 700,
        currency: 'EUR',
        method: 'pm_card_visa',
        sagaId: saga,
        commandId: chargeId(saga),
      };
      const id = await elsewhere.create({ ...made }, `${saga}/by hand`);
      await elsewhere.confirm(id, `${saga}/by hand/confirm`);
      await payments.reconcile();
      expect(incidents()).to.deep.equal([[chargeId(saga), 'unknown-charge']]);
    });

    describe('refuses a webhook', () => {
      const send = (payload: string, headers: Record<string, string>) =>
        fetch(url, { method: 'POST', body: payload, headers }).then(({ status }) => status);
      const sign = (payload: string, secret = SECRET, timestamp = Math.floor(Date.now() / 1000)) => ({
        'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
      });
      const event = JSON.stringify({
        id: 'evt_1',
        object: 'event',
        type: 'refund.updated',
        data: { object: { object: 'customer', id: 'cus_1' } },
      });

      it('without a signature, with a wrong one, an old one, or other bytes', async () => {
        expect(await send(event, sign(event)), 'a good one').to.equal(200);
        expect(await send(event, sign(event, 'whsec_of_before')), 'of the secret before').to.equal(200);
        expect(await send(event, {})).to.equal(400);
        expect(await send(event, sign(event, 'whsec_other'))).to.equal(400);
        expect(await send(event, sign(event, SECRET, Math.floor(Date.now() / 1000) - 400))).to.equal(400);
        expect(await send(`${event} `, sign(event))).to.equal(400);
      });

      it('that is too large, elsewhere, or no POST', async () => {
        const large = ' '.repeat(300_000);
        expect(await send(large, sign(large)).catch(() => 413)).to.equal(413);
        expect((await fetch(url)).status).to.equal(405);
        expect((await fetch(url.replace('stripe', 'other'), { method: 'POST' })).status).to.equal(404);
      });

      it('while the gateway cannot be reached: it comes again', async () => {
        await charged();
        await simulator.behave({ on: ['retrieve'], outage: 'refuse' });
        const intent = (await simulator.sumOf(saga))?.intents[0]?.id;
        const object = { object: 'charge', payment_intent: intent };
        const of = (type: string) => JSON.stringify({ id: 'evt_2', object: 'event', type, data: { object } });
        const payload = of('charge.refunded');
        expect(await send(payload, sign(payload))).to.equal(503);
        // Regression: each order cost the gateway's account a call for the news that its charge had succeeded.
        const noNews = of('charge.succeeded');
        expect(await send(noNews, sign(noNews)), 'needs no gateway').to.equal(200);
        await simulator.behave({});
        expect(await send(payload, sign(payload))).to.equal(200);
      });
    });
  });
