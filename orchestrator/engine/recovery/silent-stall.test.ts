/** The sweeper's finding of a silent stall: what was read stays unanswered, and nothing says why. */
import { expect } from 'chai';
import { action, given, inventoryReserved, notice } from '#orchestrator/sagas/order/testing/given.ts';
import { CHARGE, charging, read, unread } from '../testing/charging.ts';
import { type Brokers, Observer } from '../testing/observer.ts';

describe('a silent stall', () => {
  const stalls = (observer: Observer, ms: number, brokers: Brokers) =>
    observer.after(ms, brokers).sweepState.stalled;

  it('counts from the moment the command was read, not from its sending: a queue is no stall', () => {
    const observer = charging();
    for (let minutes = 0; minutes < 100; minutes++)
      expect(stalls(observer, 60_000, unread)).to.equal(undefined);
    expect(stalls(observer, 1_000, read)).to.equal(undefined);
    expect(stalls(observer, 44_999, read)).to.equal(undefined);
    const found = observer.after(1, read);
    expect(found.foundStalled).to.equal(true);
    expect(found.sweepState.stalled).to.deep.equal({ version: 2, since: observer.nowMs });
    const again = observer.after(5_000, read);
    expect(again.foundStalled).to.equal(false);
    expect(again.sweepState.stalled).to.deep.equal(found.sweepState.stalled);
  });

  it('comes in time', () => {
    const observer = charging();
    let last = observer.after(3_000, read);
    while (last.sweepState.stalled === undefined) last = observer.afterCheck(last, read);
    expect(observer.nowMs - (last.sweepState.sent?.[CHARGE]?.readAt ?? 0)).to.be.within(45_000, 46_000);
  });

  it('is absent where lastFailure or an incident already names the cause', () => {
    const failing = new Observer(given().after(inventoryReserved, notice('payment.delayed')));
    const stuck = new Observer(given().after(inventoryReserved, notice('payment.parked')));
    for (const observer of [failing, stuck]) {
      stalls(observer, 3_000, read);
      expect(stalls(observer, 50_000, read)).to.equal(undefined);
    }
  });

  it('begins anew when a person retries', () => {
    const run = given().after(inventoryReserved);
    const observer = new Observer(run);
    stalls(observer, 3_000, read);
    expect(stalls(observer, 46_000, read)).not.to.equal(undefined);
    const retried = run.after(action('retry'));
    const sweepState = observer.sweepState;
    const later = new Observer(retried);
    later.sweepState = sweepState;
    expect(stalls(later, 1_000, read)).to.equal(undefined);
  });
});
