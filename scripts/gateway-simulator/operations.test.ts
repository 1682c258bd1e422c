import { expect } from 'chai';
import type { Operation } from './act.ts';
import { Form } from './form.ts';
import { Ledger } from './ledger.ts';
import { act } from './operations.ts';
import { render } from './stripe-shapes.ts';

const ANSWER_TIME = 1_790_000_000_000;

/** A ledger one can call. */
function gateway() {
  const ledger = new Ledger();
  const call = (operation: Operation, id: string, text: string) => {
    const { effects, answer } = act(ledger, {
      operation,
      id,
      form: new Form(text),
      nowMs: ANSWER_TIME,
      decline: false,
    });
    for (const effect of effects) ledger.apply(effect);
    const { status, body } = render(ledger, answer);
    return { status, body: JSON.parse(body) };
  };
  const create = (method: string, amount = 500): string =>
    call('create', '', `amount=${amount}&currency=eur&payment_method=${method}&metadata[order_id]=o1`).body
      .id;
  return { ledger, call, create };
}

describe("the simulated gateway's operations", () => {
  it('creates without charging, charges on confirm, and only once', () => {
    const { ledger, call, create } = gateway();
    const id = create('pm_card_visa');
    expect(ledger.intents.get(id)).to.include({ status: 'requires_confirmation', chargeId: null });
    expect(call('confirm', id, '').body).to.include({ status: 'succeeded', amount_received: 500 });
    const again = call('confirm', id, '');
    expect([again.status, again.body.error.code]).to.deep.equal([400, 'payment_intent_unexpected_state']);
    expect(again.body.error.payment_intent.status).to.equal('succeeded');
  });

  it('declines as Stripe does: 402, and the method is detached', () => {
    const { call, create } = gateway();
    const id = create('pm_card_chargeDeclined');
    const { status, body } = call('confirm', id, '');
    expect(status).to.equal(402);
    expect(body.error).to.include({
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
    expect(body.error.payment_intent).to.include({ status: 'requires_payment_method', payment_method: null });
    expect(call('confirm', id, '').status).to.equal(400);
  });

  it('cancels a payment only before it succeeds', () => {
    const { call, create } = gateway();
    const open = create('pm_card_visa');
    expect(call('cancel', open, '').body.status).to.equal('canceled');
    expect(call('confirm', open, '').body.error.payment_intent.status).to.equal('canceled');
    const paid = create('pm_card_visa');
    call('confirm', paid, '');
    expect(call('cancel', paid, '').body.error.payment_intent.status).to.equal('succeeded');
  });

  it('refunds no more than was charged', () => {
    const { ledger, call, create } = gateway();
    const id = create('pm_card_visa');
    expect(call('refund', '', `payment_intent=${id}`).status).to.equal(400);
    call('confirm', id, '');
    expect(call('refund', '', `payment_intent=${id}&amount=501`).status).to.equal(400);
    expect(call('refund', '', `payment_intent=${id}&amount=200`).body).to.include({
      amount: 200,
      status: 'succeeded',
    });
    expect(call('refund', '', `payment_intent=${id}`).body).to.include({ amount: 300 });
    expect(call('refund', '', `payment_intent=${id}`).body.error.code).to.equal('charge_already_refunded');
    expect(ledger.intents.get(id)?.refunded).to.equal(500);
  });

  it('refuses an unknown method and an unknown intent', () => {
    const { call } = gateway();
    const unknown = call('create', '', 'amount=50&currency=eur&payment_method=pm_card_nothing');
    expect([unknown.status, unknown.body.error.code]).to.deep.equal([400, 'resource_missing']);
    expect(call('confirm', 'pi_nothing', '').status).to.equal(404);
    expect(call('create', '', 'amount=0&currency=eur').body.error.param).to.equal('amount');
  });

  it('refuses a currency and an amount that Stripe refuses', () => {
    const { call } = gateway();
    const code = (text: string) => {
      const { status, body } = call('create', '', text);
      return status === 200 ? 'ok' : (body.error.code ?? body.error.param);
    };
    const amounts = (currency: string, ...values: number[]) =>
      values.map((amount) => code(`amount=${amount}&currency=${currency}`));
    expect(amounts('eur', 49, 50, 999_999_999_999, 1_000_000_000_000)).to.deep.equal([
      'amount_too_small',
      'ok',
      'ok',
      'amount_too_large',
    ]);
    expect(amounts('gbp', 29, 30)).to.deep.equal(['amount_too_small', 'ok']);
    expect(amounts('huf', 17_499, 17_500)).to.deep.equal(['amount_too_small', 'ok']);
    expect(amounts('jpy', 49, 50)).to.deep.equal(['amount_too_small', 'ok']);
    expect(amounts('kwd', 5_125, 5_120)).to.deep.equal(['parameter_invalid_integer', 'ok']);
    expect(amounts('isk', 2_050, 2_000)).to.deep.equal(['parameter_invalid_integer', 'ok']);
    expect(amounts('idr', 999_999_999_999)).to.deep.equal(['ok']);
    expect([
      code('amount=500&currency=eux'),
      code('amount=500&currency=EUR'),
      code('amount=500'),
    ]).to.deep.equal(['currency', 'currency', 'parameter_missing']);
  });
});
