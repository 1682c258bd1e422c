/** People's actions through the pure step: retry, compensate, cancel, and the revision their author saw. */
import { expect } from 'chai';
import {
  action,
  deadline,
  found,
  given,
  inventoryConfirmed,
  inventoryReserved,
  notice,
  ORDER_ID,
  paymentCharged,
  reply,
} from '#orchestrator/sagas/order/testing/given.ts';
import { SagaRun } from '../testing/saga-run.ts';

const held = () => given().after(inventoryReserved, paymentCharged, deadline('confirmDeadline'));

describe('retry', () => {
  it('sends what is awaited again, under its id: no new command', () => {
    const again = held().when(action('retry')).issues().awaits('inventory.confirm');
    expect(again.taken.entry.change).to.deep.equal({
      resent: [`${ORDER_ID}/inventory.confirm`],
      stuck: null,
    });
    expect(again.taken.outcome).to.deep.include({
      state: 'applied',
      detail: `${ORDER_ID}/inventory.confirm`,
    });
    expect(again.row.pending.awaiting).to.deep.equal(held().row.pending.awaiting);
  });

  it('clears the incident, and starts the fired timer anew', () => {
    const again = held().when(action('retry')).isNotStuck();
    const [[name, timer] = []] = Object.entries(again.row.pending.timers);
    expect(name).to.include('confirmDeadline');
    expect(timer).to.include({ at: again.nowMs + 60_000, delayMs: 60_000 });
    again
      .when(deadline('confirmDeadline'))
      .isStuck('confirm-unanswered')
      .when(inventoryConfirmed)
      .isNotStuck();
  });

  it('keeps the incident of a late success until the participant answers its undo', () => {
    const late = given()
      .after(inventoryReserved, deadline('chargeDeadline'), found('payment.refunded', 'not-executed'))
      .when(reply('payment.charged', { commandId: `${ORDER_ID}/payment.charge`, data: {} }));
    late.isStuck('late-success').when(action('retry')).isTaken().isStuck('late-success');
  });

  it('issues a refused undo under the next counter, naming the same', () => {
    const refused = given().after(inventoryReserved, 'payment.declined', 'inventory.releaseRefused').awaits();
    const again = refused.when(action('retry')).issues('inventory.release').undoing('inventory.reserve');
    again
      .awaits('inventory.release#2')
      .when('inventory.released')
      .reaches('failed')
      .isNotStuck()
      .isChecked(false);
  });

  it('after a second refusal goes on to the third counter', () => {
    const twice = given().after(
      inventoryReserved,
      'payment.declined',
      'inventory.releaseRefused',
      action('retry'),
      'inventory.releaseRefused',
    );
    twice.isStuck('undo-refused').when(action('retry')).awaits('inventory.release#3');
  });

  it('is refused where nothing is awaited', () => {
    given()
      .after('inventory.refused')
      .when(action('retry'))
      .isRefused(/nothing is awaited/);
  });
});

describe('the revision its author saw', () => {
  it('is the correlation: an older one is refused', () => {
    const moved = given().after(inventoryReserved);
    for (const name of ['retry', 'compensate'] as const) {
      moved
        .when(action(name, { revision: 1 }))
        .isRefused(/revision 2, not 1/)
        .reaches('chargingPayment');
      moved.when(action(name, { revision: null })).isRefused(/revision/);
    }
  });

  it('outlasts what moves no revision: a notice, a retry', () => {
    const delayed = given().after(inventoryReserved, notice('payment.delayed'), action('retry'));
    delayed.when(action('compensate', { revision: 2 })).reaches('compensating.refundingPayment');
  });

  it('lets compensate in once', () => {
    const back = given().after(inventoryReserved).when(action('compensate'));
    expect(back.taken.outcome?.detail).to.equal(`${ORDER_ID}/order.failed, ${ORDER_ID}/payment.refund`);
    back.again().isRefused(/revision/);
  });
});

describe('the customer’s cancel', () => {
  it('carries no revision, and tells why the order failed', () => {
    const back = given().after(inventoryReserved).when(action('cancel')).publishes('order.failed');
    expect(back.row.context.failure).to.deep.equal({ reason: 'cancelled', text: 'a test' });
  });

  it('is refused once the saga has requested shipping', () => {
    given()
      .after(inventoryReserved, paymentCharged, inventoryConfirmed)
      .when(action('cancel'))
      .isRefused(/shipping has been requested/)
      .reaches('preparingShipping');
  });

  it('comes in while confirming is held', () => {
    held().when(action('cancel')).reaches('compensating.refundingPayment').isNotStuck();
  });
});

describe('resolve', () => {
  const parkedAfter = (run: SagaRun) =>
    new SagaRun(
      run.definition,
      {
        ...run.row,
        stuck: { since: '2026-11-22T10:00:00.000Z', code: 'parked', text: 'a message was parked' },
      },
      run.nowMs,
    );

  it('closes the incident of an ended saga, which then is not checked any more', () => {
    const ended = parkedAfter(given().after('inventory.refused').reaches('failed'));
    const resolved = ended.when(action('resolve'));
    resolved.issues().publishes().reaches('failed').isNotStuck().isChecked(false);
    expect(resolved.taken.outcome).to.include({ state: 'applied' });
    expect(resolved.taken.entry.change).to.deep.equal({ stuck: null });
    expect(resolved.row.endedAt).to.deep.equal(ended.row.endedAt);
    resolved
      .when(action('resolve', { actionId: '00000000-0000-4000-8000-000000000002' }))
      .isRefused(/no incident/);
  });

  it('is refused while the saga lives, or still awaits the undo of a late success', () => {
    parkedAfter(given().after(inventoryReserved))
      .when(action('resolve'))
      .isRefused(/it is running: retry/);
    const failed = given().after(deadline('reserveDeadline'), found('inventory.released', 'not-executed'));
    const late = failed.after(reply('inventory.reserved', { commandId: `${ORDER_ID}/inventory.reserve` }));
    late.when(action('resolve')).isRefused(/awaits the answer to .*inventory\.release#2/);
  });
});
