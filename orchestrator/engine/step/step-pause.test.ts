/** A paused saga applies the messages it receives, holds back its own, and stops its timers. */
import { expect } from 'chai';
import {
  action,
  deadline,
  definition,
  found,
  given,
  inventoryConfirmed,
  inventoryReserved,
  ORDER_ID,
  paymentCharged,
  shippingPrepared,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import { timerDue } from '../recovery/step-deadlines.ts';
import type { SagaRun } from '../testing/saga-run.ts';

const MINUTE_MS = 60_000;
const CHARGE = `${ORDER_ID}/payment.charge`;
const later = (run: SagaRun, ms: number): SagaRun => {
  const { definition: by, row, nowMs } = run;
  return new (run.constructor as typeof SagaRun)(by, row, nowMs + ms);
};
const idsSent = (run: SagaRun) => run.taken.entry.out.map(({ event }) => event.id);
const heldIds = (run: SagaRun) => (run.row.pending.held ?? []).map(({ event }) => event.id);

describe('a paused saga', () => {
  const paused = () => given().after(action('pause'));

  it('takes in an answer and holds the next command', () => {
    const moved = paused().when(inventoryReserved).reaches('chargingPayment').issues();
    expect(heldIds(moved)).to.deep.equal([CHARGE]);
    expect(moved.taken.entry.change.held).to.deep.equal([CHARGE]);
    moved.awaits('payment.charge').isChecked(true);
  });

  it('sends what it held when it is resumed, as if it had only now been issued', () => {
    const resumed = later(paused().after(inventoryReserved), 9 * 3_600_000).when(action('resume'));
    expect(idsSent(resumed)).to.deep.equal([CHARGE]);
    const [sent] = resumed.taken.entry.out;
    expect(sent?.event.deadline).to.equal(
      new Date(resumed.nowMs + definition.scheduleToCloseMs).toISOString(),
    );
    const { [CHARGE]: awaited } = resumed.row.pending.awaiting;
    expect(awaited).to.include({ issuedAt: resumed.nowMs, version: resumed.row.version });
    expect(resumed.row.pending).not.to.have.any.keys('held', 'pausedAt');
    expect(resumed.taken.outcome).to.include({ state: 'applied', detail: CHARGE });
    resumed.when(paymentCharged).issues('inventory.confirm');
  });

  it('holds the events of its end too, and stays in view until it is resumed', () => {
    const ended = given()
      .after(inventoryReserved, paymentCharged, inventoryConfirmed, action('pause'))
      .when(shippingPrepared)
      .reaches('completed')
      .publishes()
      .isChecked(true);
    ended.when(action('resume')).publishes('order.completed').isChecked(false);
  });

  it('never sends what was given up before it could leave', () => {
    const back = paused().after(inventoryReserved, action('compensate'));
    const ids = [CHARGE, `${ORDER_ID}/order.failed`, `${ORDER_ID}/payment.refund`];
    expect(heldIds(back)).to.deep.equal(ids);
    expect(idsSent(back.when(action('resume')))).to.deep.equal(ids.slice(1));
  });

  it('lets no clock run: a timer that comes is noted, and comes again after', () => {
    const charging = given().after(inventoryReserved, action('pause'));
    charging.when(deadline('chargeDeadline')).isNoted('paused').reaches('chargingPayment');
    later(charging, MINUTE_MS)
      .after(action('resume'))
      .when(deadline('chargeDeadline'))
      .reaches('compensating.refundingPayment');
  });

  it('gives what was read before the pause the time the pause lasted, and what was read in it none', () => {
    const charging = given().after(inventoryReserved);
    const begun = charging.nowMs;
    const resumed = later(charging.after(action('pause')), 10 * MINUTE_MS).after(action('resume'));
    const [timer] = Object.values(resumed.row.pending.timers);
    if (timer === undefined) throw new Error('no timer');
    const sweepState = (readAt: number) => ({
      [CHARGE]: { endOffset: 0, readAt, unread: false, nextAt: null, resentAt: [], attempts: 0 },
    });
    const due = (readAt: number) => timerDue(definition, resumed.row.pending, sweepState(readAt), timer);
    const pausedMs = 10 * MINUTE_MS + 1_000;
    expect(due(begun)).to.equal(begun + MINUTE_MS + pausedMs);
    expect(due(begun + 2_000)).to.equal(begun + 2_000 + MINUTE_MS);
    expect(timer.at).to.equal(begun + MINUTE_MS + pausedMs);
  });

  it('is paused once, resumed once, and not retried meanwhile', () => {
    paused()
      .when(action('pause'))
      .isRefused(/paused already/);
    paused()
      .when(action('retry'))
      .isRefused(/resume it first/);
    given()
      .when(action('resume'))
      .isRefused(/not paused/);
    unstarted().when(action('pause')).isNoted('not-started');
    given()
      .after('inventory.refused')
      .when(action('pause'))
      .isRefused(/has ended/);
  });

  it('goes all the way back while paused, one undo a resume', () => {
    const back = given().after(inventoryReserved, action('pause'), action('compensate'), action('resume'));
    back
      .after(action('pause'), found('payment.refunded', 'not-executed'))
      .reaches('compensating.releasingInventory')
      .when(action('resume'))
      .issues('inventory.release')
      .when('inventory.released')
      .reaches('failed');
  });
});
