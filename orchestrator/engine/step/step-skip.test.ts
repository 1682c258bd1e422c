/** Skip and edit: the outstanding command is revoked first, and its answer decides. */
import { expect } from 'chai';
import {
  action,
  deadline,
  given,
  inventoryConfirmed,
  inventoryReserved,
  ORDER_ID,
  paymentCharged,
  reply,
  shippingPrepared,
} from '#orchestrator/sagas/order/testing/given.ts';
import { inputOf } from '../saga.ts';
import type { Sending } from '../testing/messages.ts';

const PREPARE = `${ORDER_ID}/shipping.prepare`;
const ACTION_ID = '00000000-0000-4000-8000-000000000001';
const shipping = () =>
  given().after(inventoryReserved, paymentCharged, inventoryConfirmed, deadline('shipDeadline'));
const skip = (result: object = { shipmentId: 'by-hand-7' }) =>
  action('skip', { params: { evidence: 'carrier receipt 7', result } });
const ADDRESS = { country: 'DE', line1: 'Neue Straße 1' };
const edit = (params: Record<string, unknown> = { input: { shippingAddress: ADDRESS } }) =>
  action('edit', { params });
const revoked = (finding: string): Sending =>
  reply('shipping.revoked', { data: { found: { [PREPARE]: finding } } });

describe('skip', () => {
  it('tombstones the outstanding command first; the action waits for the answer', () => {
    const begun = shipping().when(skip()).issues('shipping.revoke').undoing('shipping.prepare');
    begun
      .reaches('preparingShipping')
      .awaits('shipping.prepare', 'shipping.revoke')
      .isStuck('ship-unanswered');
    expect(begun.taken).not.to.have.property('outcome');
  });

  for (const finding of ['not-executed', 'refused'] as const)
    it(`takes effect when the command was found ${finding}: the step counts as done, with its evidence`, () => {
      const done = shipping().after(skip()).when(revoked(finding)).reaches('completed').isNotStuck();
      expect(done.row.context).to.include({ shipmentId: 'by-hand-7' });
      expect(done.row.pending.skipped).to.deep.equal({ [PREPARE]: 'carrier receipt 7' });
      expect(done.taken.entry.change.skipped).to.deep.equal({
        commandId: PREPARE,
        evidence: 'carrier receipt 7',
      });
      expect(done.taken.outcome).to.include({ actionId: ACTION_ID, state: 'applied' });
      done.publishes('order.completed').awaits().isChecked(false);
    });

  it('does not when it was done after all: its answer is requested again, and counts', () => {
    const done = shipping().after(skip()).when(revoked('done')).reaches('preparingShipping');
    expect(done.taken.outcome).to.include({ actionId: ACTION_ID, state: 'refused' });
    expect(done.taken.entry.change.resent).to.deep.equal([PREPARE]);
    const ended = done.when(shippingPrepared).reaches('completed');
    expect(ended.row.context).to.include({ shipmentId: 'sh_1' });
    expect(ended.row.pending).not.to.have.property('skipped');
  });

  it('is refused when the real answer, a compensation or a refused revoke comes first', () => {
    const answered = shipping().after(skip(), shippingPrepared).when(revoked('done')).reaches('completed');
    expect(answered.taken.outcome?.state).to.equal('refused');
    answered.awaits().isChecked(false);
    const back = shipping().after(skip(), action('compensate')).when(revoked('not-executed'));
    expect(back.taken.outcome?.detail).to.match(/given up meanwhile/);
    back.reaches('compensating.cancellingShipping');
    const refused = shipping()
      .after(skip())
      .when(reply('shipping.revokeRefused', { data: { code: 'x' } }));
    expect(refused.taken.outcome?.detail).to.match(/revoke of .* was refused/);
    refused.reaches('preparingShipping').awaits('shipping.prepare').when(skip()).issues('shipping.revoke');
  });

  it('waits for the answer to the revoke also where the participant refuses the command because of it', () => {
    const refusedFirst = shipping().after(skip()).when('shipping.refused');
    refusedFirst.isNoted('being-revoked').reaches('preparingShipping');
    refusedFirst.when(revoked('refused')).reaches('completed');
    const revokeRefused = refusedFirst.when(reply('shipping.revokeRefused', { data: { code: 'x' } }));
    expect(revokeRefused.taken.entry.change.resent, 'its answer is requested again').to.deep.equal([PREPARE]);
    revokeRefused.when('shipping.refused').reaches('compensating.refundingPayment');
  });

  it('undoes a success that arrives after the answer to the revoke reported none', () => {
    const ended = shipping().after(skip(), revoked('not-executed'));
    ended
      .when(reply('shipping.prepared', { commandId: PREPARE, data: { shipmentId: 'sh_1' } }))
      .issues('shipping.cancel')
      .undoing('shipping.prepare')
      .isStuck('late-success');
  });

  it('needs evidence, a result that fits, and one action at a time', () => {
    shipping()
      .when(action('skip', { params: {} }))
      .isRefused(/evidence/);
    shipping()
      .when(skip({}))
      .isRefused(/shipmentId/);
    shipping()
      .after(skip())
      .when(skip())
      .isRefused(/being revoked for another action/);
    given()
      .after('inventory.refused')
      .when(skip())
      .isRefused(/no step/);
  });

  it('of an undo that was refused is done at once; of one still awaited never, for nothing forbids an undo', () => {
    const refused = given().after(inventoryReserved, 'payment.declined', 'inventory.releaseRefused');
    const evidence = action('skip', { params: { evidence: 'put back on the shelf' } });
    const done = refused.when(evidence).reaches('failed').isNotStuck().issues().isChecked(false);
    expect(done.row.pending.skipped).to.deep.equal({
      [`${ORDER_ID}/inventory.release`]: 'put back on the shelf',
    });
    given()
      .after(inventoryReserved, 'payment.declined')
      .when(evidence)
      .isRefused(/no step/);
  });

  it('of a command that a pause still holds is done at once: it was never sent', () => {
    const held = given().after(inventoryReserved, paymentCharged, action('pause'), inventoryConfirmed);
    const done = held.when(skip()).reaches('completed');
    expect(done.taken.outcome?.state).to.equal('applied');
    done.when(action('resume')).issues().publishes('order.completed');
  });
});

describe('edit', () => {
  it('tombstones the old command, then issues it under the next counter with what was corrected', () => {
    const done = shipping()
      .after(edit())
      .when(revoked('not-executed'))
      .issues('shipping.prepare')
      .isNotStuck();
    done.awaits('shipping.prepare#2').reaches('preparingShipping');
    expect(done.taken.entry.out.at(-1)?.event.data).to.include({ address: ADDRESS });
    expect(inputOf(done.row)).to.deep.include({ shippingAddress: ADDRESS, customerId: 'customer-1' });
    expect(done.row.input, 'the order as it was placed').to.deep.equal(given().row.input);
    expect(done.taken.entry.change.edited).to.deep.equal(['input.shippingAddress']);
    expect(done.row.revision).to.equal(done.row.version);
    const cancelled = done.when(action('compensate')).issues('shipping.cancel');
    cancelled.undoing('shipping.prepare', 'shipping.prepare#2');
    done.when(shippingPrepared).reaches('completed');
  });

  it('changes nothing when the command was done after all', () => {
    const done = shipping().after(edit()).when(revoked('done'));
    expect(done.taken.outcome?.state).to.equal('refused');
    expect(inputOf(done.row)).to.deep.equal(done.row.input);
  });

  it('may correct only what the definition names, as its schema says', () => {
    shipping()
      .when(edit({}))
      .isRefused(/name a field/);
    shipping()
      .when(edit({ input: { amount: 1 } }))
      .isRefused(/amount/);
    shipping()
      .when(edit({ input: { shippingAddress: { country: 'Germany' } } }))
      .isRefused(/country/);
    given()
      .after(inventoryReserved, 'payment.declined')
      .when(edit())
      .isRefused(/no step/);
  });

  it('of what a pause still holds is done at once', () => {
    const held = given().after(inventoryReserved, paymentCharged, action('pause'), inventoryConfirmed);
    const resumed = held.after(edit()).when(action('resume')).issues('shipping.prepare');
    expect(resumed.taken.entry.out.at(-1)?.event).to.deep.include({ id: `${PREPARE}#2` });
    expect(resumed.taken.entry.out.at(-1)?.event.data).to.include({ address: ADDRESS });
  });

  it('of what a pause still holds leaves word that no inbox knows it, until an undo names it', () => {
    const held = given().after(inventoryReserved, paymentCharged, action('pause'), inventoryConfirmed);
    const edited = held.after(edit());
    const unsent = { type: 'shipping.prepare', found: 'not-executed', unsent: true };
    expect(edited.row.pending.givenUp).to.deep.equal({ [PREPARE]: unsent });
    const back = edited.after(action('compensate'));
    expect(back.row.pending.givenUp[PREPARE]).to.have.keys('type', 'undoneBy');
  });
});
