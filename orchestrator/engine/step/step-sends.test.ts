/** What a step sends: deterministic ids, deadlines only where they belong, undos that name everything. */
import { expect } from 'chai';
import {
  action,
  couponOrder,
  deadline,
  definition,
  given,
  inventoryConfirmed,
  inventoryReserved,
  ORDER_ID,
  order,
  paymentCharged,
  reply,
  shippingPrepared,
} from '#orchestrator/sagas/order/testing/given.ts';

describe('what is sent', () => {
  it('has deterministic ids', () => {
    const completed = given().after(inventoryReserved, paymentCharged, inventoryConfirmed, shippingPrepared);
    expect(completed.taken.entry.out.map(({ event }) => event.id)).to.deep.equal([
      `${ORDER_ID}/order.completed`,
    ]);
    const failed = given().when('inventory.refused');
    expect(failed.taken.entry.out.map(({ event }) => event.id)).to.deep.equal([`${ORDER_ID}/order.failed`]);
  });

  it('goes out in one transition: the failure and its first undo', () => {
    const back = given(couponOrder).when(deadline('reserveDeadline'));
    back.publishes('order.failed').issues('inventory.release');
    expect(back.taken.entry.out.map(({ topic }) => topic)).to.deep.equal([
      'order-failed',
      'inventory-requested',
    ]);
  });

  it('carries a deadline only where its time-out leads back: the second limit', () => {
    const issued = new Map<string, string | undefined>();
    let run = given(couponOrder);
    for (const success of [
      null,
      'inventory.reserved',
      'coupon.redeemed',
      'payment.charged',
      'inventory.confirmed',
    ]) {
      if (success !== null)
        run = run.when(reply(success, { data: { discount: 1, chargeId: 'c', amount: 1, currency: 'EUR' } }));
      for (const { event } of run.taken.entry.out) issued.set(event.type, event.deadline);
    }
    run = run.when(action('compensate'));
    for (const { event } of run.taken.entry.out) issued.set(event.type, event.deadline);
    const bearing = [...issued].filter(([, until]) => until !== undefined).map(([type]) => type);
    expect(bearing).to.deep.equal(['inventory.reserve', 'coupon.redeem', 'payment.charge']);
    const begun = given(couponOrder);
    expect(begun.taken.entry.out[0]?.event.deadline).to.equal(
      new Date(begun.nowMs + definition.scheduleToCloseMs).toISOString(),
    );
  });

  it('fits the contract of its participant', () => {
    let run = given(couponOrder);
    for (const success of ['inventory.reserved', 'coupon.redeemed', 'payment.charged', 'inventory.confirmed'])
      run = run.when(reply(success, { data: { discount: 1, chargeId: 'c', amount: 1, currency: 'EUR' } }));
    run = run.when(action('compensate'));
    for (const type of ['shipping.cancelled', 'payment.refunded', 'coupon.restored']) run = run.when(type);
    const seen = [given(couponOrder), run].flatMap((one) => one.taken.entry.out);
    for (const { topic, event } of seen) {
      const contract = definition.commands[event.type]?.contract;
      contract?.commands[event.type]?.data.parse(event.data);
      expect(topic).to.equal(contract?.channel);
    }
  });

  it('is an undo that names every command of the types it undoes', () => {
    const way = [inventoryReserved, paymentCharged];
    given(order)
      .after(...way, 'inventory.confirmRefused', 'payment.refunded')
      .undoing('inventory.reserve', 'inventory.confirm');
    given(order).after(inventoryReserved, 'payment.declined').undoing('inventory.reserve');
  });

  it('names a command issued twice under both its ids', () => {
    const row = given().after(inventoryReserved).row;
    const twice = {
      ...row,
      pending: { ...row.pending, issued: { ...row.pending.issued, 'payment.charge': 2 } },
    };
    const run = new (given().constructor as new (...args: unknown[]) => ReturnType<typeof given>)(
      definition,
      twice,
      0,
    );
    run.when(deadline('chargeDeadline')).undoing('payment.charge', 'payment.charge#2');
  });
});
