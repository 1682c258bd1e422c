/** What a participant says beside its replies: pending commands, and incidents about commands it answered. */
import { expect } from 'chai';
import {
  action,
  deadline,
  given,
  inventoryConfirmed,
  inventoryReserved,
  notice,
  ORDER_ID,
  paymentCharged,
  reply,
  shippingPrepared,
} from '#orchestrator/sagas/order/testing/given.ts';
import type { SagaRun } from '../testing/saga-run.ts';

const CHARGE = `${ORDER_ID}/payment.charge`;
const REFUND = `${ORDER_ID}/payment.refund`;
const about = (commandId: string, code: string, text = 'as it is') =>
  ((_, row) => {
    const sent = notice('payment.incident', 1, { code, text })(_, row);
    const id = `${commandId}/notice/${code}`;
    return { ...sent, envelope: { ...sent.envelope, id, commandid: commandId } };
  }) satisfies ReturnType<typeof notice>;
const evidence = (text = 'bank transfer 7') => action('skip', { params: { evidence: text } });
const completed = () =>
  given().after(inventoryReserved, paymentCharged, inventoryConfirmed, shippingPrepared);
const refunding = () =>
  given().after(inventoryReserved, paymentCharged, inventoryConfirmed, 'shipping.refused');
const failed = () => refunding().after('payment.refunded', 'inventory.released');
const refusedAbout = ({ row }: SagaRun) => row.pending.refusedUndos;

describe('a pending command', () => {
  it('stops the clocks of its step, and its reply still moves the saga', () => {
    const pending = refunding().after(notice('payment.pending', 1, { code: 'refund-pending' }));
    expect(pending.row.pending.timers).to.deep.equal({});
    expect(pending.row.pending.awaiting[REFUND]).to.include({ pending: true });
    expect(pending.row.lastFailure).to.include({ code: 'refund-pending', commandId: REFUND });
    pending.isNotStuck().isChecked(true).when('payment.refunded').reaches('compensating.releasingInventory');
    pending.when('payment.refundRefused').isStuck('undo-refused');
  });

  it('keeps them stopped when an operator retries it', () => {
    const pending = refunding().after(notice('payment.pending'));
    expect(pending.when(action('retry')).row.pending.timers).to.deep.equal({});
  });

  it('starts the clocks of the next step as usual', () => {
    const next = refunding().after(notice('payment.pending'), 'payment.refunded');
    next.when(deadline('undoDeadline')).isStuck('release-unanswered');
  });
});

describe('a participant’s incident', () => {
  it('about an answered charge stays open on an ended saga until an operator gives evidence', () => {
    const disputed = completed().when(about(CHARGE, 'charge-disputed')).isStuck('charge-disputed');
    disputed.reaches('completed').isChecked(true);
    expect(disputed.row.stuck).to.include({ about: CHARGE });
    disputed.when(action('retry')).isRefused(/nothing is awaited/);
    disputed.when(action('skip', { params: {} })).isRefused(/evidence/);
    const done = disputed.when(evidence()).isNotStuck().isChecked(false).issues();
    expect(done.row.pending.skipped).to.deep.equal({ [`${CHARGE}/charge-disputed`]: 'bank transfer 7' });
  });

  it('outlives the saga’s moves, time-outs and compensation: a refund does not explain a chargeback', () => {
    const partly = given()
      .after(inventoryReserved, paymentCharged, about(CHARGE, 'refunded-elsewhere'))
      .isStuck('refunded-elsewhere');
    const on = partly.after(inventoryConfirmed, deadline('shipDeadline')).isStuck('refunded-elsewhere');
    const back = on.after('shipping.refused').isStuck('refunded-elsewhere');
    const ended = back.after('payment.refunded', 'inventory.released').isStuck('refunded-elsewhere');
    ended.reaches('failed').when(evidence()).isNotStuck().isChecked(false);
  });

  it('about an awaited command leaves the saga waiting, and ends with the reply', () => {
    const late = refunding().after(about(REFUND, 'refund-pending-long')).isStuck('refund-pending-long');
    late.awaits('payment.refund').when('payment.refunded').isNotStuck();
  });

  it('about an undo that no longer holds lets it be retried or vouched for, after the end too', () => {
    const reversed = failed().when(about(REFUND, 'refund-failed')).isStuck('refund-failed');
    expect(refusedAbout(reversed)).to.deep.equal({
      [REFUND]: { type: 'payment.refund', undoes: [CHARGE], late: true },
    });
    reversed.when(evidence()).isNotStuck().isChecked(false).reaches('failed');
    const again = reversed.when(action('retry')).issues('payment.refund').isStuck('refund-failed');
    again.awaits('payment.refund#2').when('payment.refunded').isNotStuck().isChecked(false).reaches('failed');
    const refused = again.when('payment.refundRefused').isStuck('refund-failed').reaches('failed');
    refused.when(action('retry')).issues('payment.refund').awaits('payment.refund#3');
  });

  it('is added to an open one, and replaces one of the saga’s own', () => {
    const two = completed().after(
      about(CHARGE, 'refunded-elsewhere', 'a'),
      about(CHARGE, 'charge-disputed', 'b'),
    );
    expect(two.row.stuck).to.include({ code: 'refunded-elsewhere', text: 'a; charge-disputed: b' });
    const held = refunding().after(deadline('undoDeadline'), about(REFUND, 'refund-pending-long', 'c'));
    expect(held.row.stuck).to.include({
      code: 'refund-pending-long',
      text: 'c; before it: refund-unanswered',
    });
  });

  it('about a command the saga never issued is noted', () => {
    completed()
      .when(about(`${CHARGE}#2`, 'charge-disputed'))
      .isNoted('not-awaited');
    completed().when(about(REFUND, 'refund-failed')).isNoted('not-awaited');
    completed()
      .when(about(`${ORDER_ID}/shipping.prepare`, 'x'))
      .isNoted('foreign-notice');
  });
});

describe('the undo of a skipped command', () => {
  const skipped = () =>
    given()
      .after(inventoryReserved, deadlineless())
      .after(reply('payment.revoked', { data: { found: { [CHARGE]: 'not-executed' } } }))
      .reaches('confirmingInventory');
  const deadlineless = () =>
    action('skip', {
      params: {
        evidence: 'paid by bank transfer 7',
        result: { chargeId: 'x', amount: 5_000, currency: 'EUR' },
      },
    });

  it('needs evidence: what its participant found is not what the person did', () => {
    const back = skipped()
      .after(inventoryConfirmed, 'shipping.refused')
      .reaches('compensating.refundingPayment');
    const held = back
      .when(reply('payment.refunded', { data: { found: { [CHARGE]: 'not-executed' } } }))
      .isStuck('undo-needs-evidence')
      .reaches('compensating.refundingPayment');
    expect(held.row.stuck?.text).to.contain('paid by bank transfer 7');
    const done = held.when(evidence('repaid by transfer 8')).isNotStuck();
    done.reaches('compensating.releasingInventory');
    expect(done.row.pending.skipped).to.deep.equal({
      [CHARGE]: 'paid by bank transfer 7',
      [REFUND]: 'repaid by transfer 8',
    });
    expect(done.row.pending.givenUp[CHARGE], 'a late success is still undone').to.deep.equal({
      type: 'payment.charge',
      found: 'not-executed',
    });
    held.when(action('retry')).issues('payment.refund').awaits('payment.refund#2');
  });

  it('needs it for every step: stock that was confirmed by hand too', () => {
    const reserve = `${ORDER_ID}/inventory.reserve`;
    const run = given()
      .after(action('skip', { params: { evidence: 'shelf 3' } }))
      .after(reply('inventory.revoked', { data: { found: { [reserve]: 'not-executed' } } }))
      .after(
        'payment.declined',
        reply('inventory.released', { data: { found: { [reserve]: 'not-executed' } } }),
      );
    run.isStuck('undo-needs-evidence').reaches('compensating.releasingInventory');
    run.when(evidence('put back')).reaches('failed').isNotStuck();
  });
});
