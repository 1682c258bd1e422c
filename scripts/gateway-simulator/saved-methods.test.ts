import { expect } from 'chai';
import type { Operation } from './act.ts';
import { Form } from './form.ts';
import { Ledger } from './ledger.ts';
import { act, settled } from './operations.ts';
import { render } from './stripe-shapes.ts';

const NOW = 1_790_000_000_000;

/** A ledger one can call. */
function gateway() {
  const ledger = new Ledger();
  const call = (operation: Operation, id: string, text: string, processForMs = 0) => {
    const form = new Form(text);
    const { effects, answer } = act(ledger, {
      operation,
      id,
      form,
      nowMs: NOW,
      decline: false,
      processForMs,
    });
    for (const effect of effects) ledger.apply(effect);
    const { status, body } = render(ledger, answer);
    return { status, body: JSON.parse(body) };
  };
  const customer = (): string => call('customer', '', '').body.id;
  const method = (token = 'tok_visa'): string => call('method', '', `type=card&card[token]=${token}`).body.id;
  const create = (payment: string) => call('create', '', `amount=500&currency=eur&${payment}`);
  return { ledger, call, customer, method, create };
}

describe('the simulated gateway’s payment methods', () => {
  it('that are attached to nobody pay once, or are declined once', () => {
    const { call, method, create } = gateway();
    for (const [token, status] of [
      ['tok_visa', 200],
      ['tok_chargeDeclined', 402],
    ] as const) {
      const id = method(token);
      const [first, second] = [create(`payment_method=${id}`), create(`payment_method=${id}`)];
      expect(call('confirm', first.body.id, '').status).to.equal(status);
      const again = call('confirm', second.body.id, '');
      expect([again.status, again.body.error.message]).to.satisfy(
        ([code, text]: [number, string]) => code === 400 && text.includes('may not be used again'),
      );
      expect(create(`payment_method=${id}`).status).to.equal(400);
    }
  });

  it('that are attached pay again and again, for their customer alone', () => {
    const { call, customer, method, create } = gateway();
    const [cus, other] = [customer(), customer()];
    const id = method();
    expect(call('attach', id, `customer=${cus}`).body).to.include({ id, customer: cus });
    for (let i = 0; i < 2; i++) {
      const { body } = create(`payment_method=${id}&customer=${cus}`);
      expect(body.customer).to.equal(cus);
      expect(call('confirm', body.id, 'off_session=true').body.status).to.equal('succeeded');
    }
    expect(create(`payment_method=${id}`).body.error.message).to.contain('Please include the Customer');
    expect(create(`payment_method=${id}&customer=${other}`).body.error.message).to.contain('does not belong');
    expect(create(`payment_method=${id}&customer=cus_none`).body.error.code).to.equal('resource_missing');
    call('detach', id, '');
    expect(create(`payment_method=${id}&customer=${cus}`).status).to.equal(400);
    expect(call('attach', id, `customer=${cus}`).status).to.equal(400);
  });

  it('of the test methods are new at each use', () => {
    const { call, customer, create } = gateway();
    for (let i = 0; i < 2; i++) {
      const { body } = create('payment_method=pm_card_visa');
      expect(call('confirm', body.id, '').body.status).to.equal('succeeded');
    }
    const cus = customer();
    const saved = call('attach', 'pm_card_visa', `customer=${cus}`).body.id;
    expect(saved).to.match(/^pm_sim/);
    const { body } = create(`payment_method=${saved}&customer=${cus}`);
    expect(call('confirm', body.id, '').body.status).to.equal('succeeded');
  });

  it('that require authentication wait for the customer, unless nobody is there', () => {
    const { call, create } = gateway();
    const confirm = (parameter: string) =>
      call('confirm', create('payment_method=pm_card_authenticationRequired').body.id, parameter);
    expect(confirm('').body).to.deep.include({
      status: 'requires_action',
      next_action: { type: 'use_stripe_sdk' },
    });
    for (const parameter of ['off_session=true', 'error_on_requires_action=true']) {
      const { status, body } = confirm(parameter);
      expect([status, body.error.code]).to.deep.equal([402, 'authentication_required']);
      expect(body.error.payment_intent.status).to.equal('requires_payment_method');
    }
  });

  it('that take their time are processing, then paid or declined; a payment under way cannot be cancelled', () => {
    const { ledger, call, create } = gateway();
    const ends = ['pm_card_visa', 'pm_card_chargeDeclined'].map((card) => {
      const { id } = create(`payment_method=${card}`).body;
      expect(call('confirm', id, '', 5_000).body.status).to.equal('processing');
      expect(call('cancel', id, '').status).to.equal(400);
      expect(settled(ledger.intents.get(id), NOW + 4_999)).to.deep.equal([]);
      for (const effect of settled(ledger.intents.get(id), NOW + 5_000)) ledger.apply(effect);
      return ledger.intents.get(id)?.status;
    });
    expect(ends).to.deep.equal(['succeeded', 'requires_payment_method']);
  });
});
