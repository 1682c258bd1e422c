/** Successes of abandoned commands: the saga records one that an undo covers, and undoes one reported not executed. */
import { expect } from 'chai';
import {
  action,
  couponOrder,
  couponRedeemed,
  deadline,
  found,
  given,
  inventoryReserved,
  ORDER_ID,
  paymentCharged,
  reply,
} from '#orchestrator/sagas/order/testing/given.ts';
import type { SagaRun } from '../testing/saga-run.ts';

const CHARGE = `${ORDER_ID}/payment.charge`;
const lateCharge = reply('payment.charged', {
  commandId: CHARGE,
  data: { chargeId: 'ch_late', amount: 1, currency: 'EUR' },
});

/** The charge was given up and its refund found it so; the coupon is being restored. */
const refundFound = (finding: 'not-executed' | 'undone' | 'refused') =>
  given(couponOrder).after(
    inventoryReserved,
    couponRedeemed,
    deadline('chargeDeadline'),
    found('payment.refunded', finding),
  );
const ended = (run: SagaRun) => run.after('coupon.restored', 'inventory.released');

describe('a late success', () => {
  it('is only noted while an undo naming it is awaited, held or refused', () => {
    const back = given().after(inventoryReserved, deadline('chargeDeadline'));
    back.when(lateCharge).isNoted('being-undone');
    back.after(deadline('undoDeadline')).when(lateCharge).isNoted('being-undone');
    back.after('payment.refundRefused').when(lateCharge).isNoted('being-undone');
    back.after('payment.refundRefused', action('retry')).when(lateCharge).isNoted('being-undone');
  });

  for (const finding of ['undone', 'refused'] as const) {
    it(`is only noted where an undo found it ${finding}`, () => {
      refundFound(finding).when(lateCharge).isNoted('given-up');
      ended(refundFound(finding)).when(lateCharge).isNoted('given-up').reaches('failed');
    });
  }

  it('after not-executed, is undone by a command of its own in every state of the saga', () => {
    for (const run of [
      refundFound('not-executed'),
      refundFound('not-executed').after('coupon.restored'),
      ended(refundFound('not-executed')),
    ]) {
      const late = run.when(lateCharge).issues('payment.refund').undoing('payment.charge').publishes();
      late.reaches(run.row.state).isStuck('late-success').isChecked(true);
      expect(late.row.revision).to.equal(run.row.revision);
      expect(Object.keys(late.row.pending.awaiting)).to.include(`${ORDER_ID}/payment.refund#2`);
    }
  });

  it('is noted when redelivered, both while its undo is awaited and afterwards', () => {
    const late = ended(refundFound('not-executed')).after(lateCharge);
    late.when(lateCharge).isNoted('being-undone');
    late.after(found('payment.refunded', 'undone')).when(lateCharge).isNoted('given-up');
  });

  it('in an ended saga: the answer to its undo clears the incident, and no check is due', () => {
    const run = ended(refundFound('not-executed'))
      .after(lateCharge)
      .when(found('payment.refunded', 'undone'));
    run.reaches('failed').isNotStuck().isChecked(false);
    expect(run.row.endedAt).to.deep.equal(ended(refundFound('not-executed')).row.endedAt);
  });

  it('beside the ladder: the answer to its undo is not the ladder’s, and clears its own incident', () => {
    const late = refundFound('not-executed').after(lateCharge).awaits('coupon.restore', 'payment.refund#2');
    const undone = late.when(
      reply('payment.refunded', {
        commandId: `${ORDER_ID}/payment.refund#2`,
        data: { found: { [CHARGE]: 'undone' } },
      }),
    );
    undone.reaches('compensating.restoringCoupon').isNotStuck().awaits('coupon.restore');
  });

  it('keeps its saga stuck while the ladder moves on, until it is answered', () => {
    const late = ended(refundFound('not-executed').after(lateCharge))
      .reaches('failed')
      .isStuck('late-success');
    late.isChecked(true).when(found('payment.refunded', 'undone')).isNotStuck().isChecked(false);
  });

  it('becomes the incident when the ladder’s own is cleared', () => {
    const held = refundFound('not-executed')
      .after(deadline('undoDeadline'), lateCharge)
      .isStuck('restore-unanswered');
    held.when('coupon.restored').isStuck('late-success');
  });

  it('whose undo is refused stays stuck; retry issues it again, beside the ladder still', () => {
    const refused = ended(refundFound('not-executed')).after(lateCharge, 'payment.refundRefused');
    refused.reaches('failed').isStuck('late-success').isChecked(true);
    const again = refused.when(action('retry')).issues('payment.refund').undoing('payment.charge');
    again.awaits('payment.refund#3').when(found('payment.refunded', 'undone')).isNotStuck().isChecked(false);
  });

  it('whose undo is refused can be skipped on evidence, and not resolved without', () => {
    const refused = ended(refundFound('not-executed')).after(lateCharge, 'payment.refundRefused');
    refused.when(action('resolve')).isRefused(/payment\.refund#2 was refused: retry it, or skip it/);
    const skipped = refused.when(action('skip', { params: { evidence: 'paid back by bank transfer' } }));
    skipped.issues().reaches('failed').isNotStuck().isChecked(false);
    expect(skipped.row.pending.skipped).to.deep.equal({
      [`${ORDER_ID}/payment.refund#2`]: 'paid back by bank transfer',
    });
    skipped.when(action('retry')).isRefused(/nothing is awaited/);
    skipped.when(lateCharge).isNoted('given-up');
  });

  it('beside a live step: a skip takes the step first', () => {
    const live = refundFound('not-executed').after(
      lateCharge,
      reply('payment.refundRefused', { commandId: `${ORDER_ID}/payment.refund#2` }),
      reply('coupon.restoreRefused', { commandId: `${ORDER_ID}/coupon.restore` }),
    );
    const skipped = live.when(action('skip', { params: { evidence: 'seen to' } }));
    skipped.reaches('compensating.releasingInventory').isStuck('late-success');
  });

  it('of the first step is undone after the saga has failed', () => {
    const failed = given().after(deadline('reserveDeadline'), found('inventory.released', 'not-executed'));
    const late = failed.when(reply('inventory.reserved', { commandId: `${ORDER_ID}/inventory.reserve` }));
    late.undoing('inventory.reserve').awaits('inventory.release#2').isStuck('late-success');
  });

  it('is undone where the undo’s answer kept silent about it', () => {
    const silent = given().after(
      inventoryReserved,
      deadline('chargeDeadline'),
      reply('payment.refunded', { data: { found: {} } }),
    );
    silent.when(lateCharge).issues('payment.refund');
  });

  it('is judged by the undo that named it, not by what another claims', () => {
    const restored = reply('coupon.restored', { data: { found: { [CHARGE]: 'undone' } } });
    refundFound('not-executed')
      .after(restored)
      .when(lateCharge)
      .issues('payment.refund')
      .undoing('payment.charge');
  });

  it('of a confirm that was given up is undone with its reserve, and alone when it comes after', () => {
    const back = given().after(inventoryReserved, paymentCharged, action('compensate'));
    const late = reply('inventory.confirmed', { commandId: `${ORDER_ID}/inventory.confirm` });
    back.when(late).isNoted('given-up');
    const released = back.after('payment.refunded').undoing('inventory.reserve', 'inventory.confirm');
    released.when(late).isNoted('being-undone');
    const answer = {
      [`${ORDER_ID}/inventory.reserve`]: 'undone',
      [`${ORDER_ID}/inventory.confirm`]: 'not-executed',
    };
    const failed = released.after(reply('inventory.released', { data: { found: answer } })).reaches('failed');
    failed.when(late).issues('inventory.release').undoing('inventory.confirm').isStuck('late-success');
  });
});
