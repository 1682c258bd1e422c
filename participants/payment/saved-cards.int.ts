/** Payment methods at the gateway: saved and used-up ones, those that require their customer, and those that take time. */
import { expect } from 'chai';
import { newSaga } from '#runtime/testing/commands.ts';
import type { Gateway } from './gateway.ts';
import { memoryPaymentBench } from './testing/bench.ts';
import { AMOUNT, charge, takeBack } from './testing/commands.ts';
import { paymentFixture } from './testing/fixture.ts';
import type { Payments } from './testing/payments.ts';
import type { TestSimulator } from './testing/simulator.ts';

const MINUTE_MS = 60_000;

describe("a charge's payment method", () => {
  const fixture = paymentFixture(memoryPaymentBench);
  let payments: Payments;
  let simulator: TestSimulator;
  beforeEach(() => {
    ({ payments, simulator } = fixture);
  });

  const method = (token = 'tok_visa') =>
    simulator.post('payment_methods', { type: 'card', 'card[token]': token });
  const saved = async (token?: string) => {
    const gatewayCustomer = await simulator.post('customers', {});
    const id = await method(token);
    await simulator.post(`payment_methods/${id}/attach`, { customer: gatewayCustomer });
    return { method: id, gatewayCustomer };
  };
  /** Charges, and returns the reply's type and code. */
  const charged = async (how: Parameters<typeof charge>[1]) => {
    const saga = newSaga();
    await payments.handle(charge(saga, how));
    await payments.turn();
    const reply = payments.out.of(saga).at(-1);
    return reply?.type === 'payment.charged' ? reply.type : `${reply?.type}: ${reply?.data['code']}`;
  };

  it('that is saved for a customer pays again and again, for that customer alone', async () => {
    const card = await saved();
    expect([await charged(card), await charged(card)]).to.deep.equal(['payment.charged', 'payment.charged']);
    const { gatewayCustomer } = await saved();
    expect(await charged({ ...card, gatewayCustomer })).to.equal(
      'payment.declined: method-of-another-customer',
    );
    expect(await charged({ method: card.method })).to.equal('payment.declined: method-of-another-customer');
    expect(await charged({ ...card, gatewayCustomer: 'cus_none' })).to.equal(
      'payment.declined: resource_missing',
    );
  });

  it('that is saved for nobody pays once', async () => {
    const id = await method();
    expect([await charged({ method: id }), await charged({ method: id })]).to.deep.equal([
      'payment.charged',
      'payment.declined: method-used-up',
    ]);
  });

  it('that requires its customer is declined with a clear code, saved or not', async () => {
    const declined = 'payment.declined: authentication_required';
    expect(await charged(await saved('tok_authenticationRequired'))).to.equal(declined);
    expect(await charged({ method: 'pm_card_authenticationRequired' })).to.equal(declined);
  });

  it('that left its payment waiting for the customer is declined, and the payment cancelled', async () => {
    const saga = newSaga();
    const { handle, turn, worker, out, stripe } = payments;
    const gateway: Gateway = {
      ...stripe,
      async create(payment, key) {
        const id = await stripe.create(payment, key);
        // Somebody else confirms it, as a shop's page can.
        await simulator.post(`payment_intents/${id}/confirm`, {});
        return id;
      },
    };
    await handle(charge(saga, { method: 'pm_card_authenticationRequired' }));
    await turn(0, worker({ gateway }));
    expect(out.of(saga).map(({ type, data }) => [type, data['code']])).to.deep.equal([
      ['payment.declined', 'authentication_required'],
    ]);
    expect((await simulator.sumOf(saga))?.intents.map(({ status }) => status)).to.deep.equal(['canceled']);
  });

  it('that takes its time is watched until the payment is final', async () => {
    const [pays, fails] = [newSaga(), newSaga()];
    const { handle, turn, out } = payments;
    await simulator.behave({ on: ['confirm'], processForMs: 300 });
    await handle(charge(pays), charge(fails, { method: 'pm_card_chargeDeclined' }));
    await turn();
    for (const saga of [pays, fails])
      expect(out.of(saga).map(({ type, data }) => [type, data['code']])).to.deep.equal([
        ['payment.delayed', 'gateway-processing'],
      ]);
    await new Promise((resolve) => setTimeout(resolve, 350));
    await turn(MINUTE_MS);
    expect(out.types(pays).at(-1)).to.equal('payment.charged');
    expect(out.of(fails).at(-1)).to.deep.include({ type: 'payment.declined' });
  });

  it('that takes its time is watched on when the charge is undone, and refunded once it paid', async () => {
    const saga = newSaga();
    const { handle, turn, out } = payments;
    await simulator.behave({ on: ['confirm'], processForMs: 300 });
    await handle(charge(saga));
    await turn();
    await handle(takeBack('payment.refund', saga));
    await turn();
    expect(out.types(saga)).not.to.include('payment.refunded');
    await new Promise((resolve) => setTimeout(resolve, 350));
    await turn(MINUTE_MS);
    await turn();
    expect(out.types(saga).slice(-2)).to.deep.equal(['payment.charged', 'payment.refunded']);
    expect(await simulator.sumOf(saga)).to.include({ charges: 1, refunded: AMOUNT });
  });
});
