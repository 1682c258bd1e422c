/** The sweeper's decisions on an awaited command: sent is not read, and until it is read no clock runs. */
import { expect } from 'chai';
import {
  action,
  deadline,
  definition,
  given,
  inventoryReserved,
  ORDER_ID,
  paymentCharged,
} from '#orchestrator/sagas/order/testing/given.ts';
import { resendsOf } from '../sweep-state.ts';
import { CHARGE, charging, HOUR_MS, PROVED_MS, prove, RESENT_MS, read, unread } from '../testing/charging.ts';
import { type Brokers, Observer } from '../testing/observer.ts';

describe('a command that was not read', () => {
  it('is not sent again and times nothing out, even long past its delay', () => {
    const observer = charging();
    let last = observer.after(3_000, unread);
    for (let minutes = 0; minutes < 200; minutes++) {
      last = observer.after(60_000, unread);
      expect(last).to.deep.include({ resend: [], fire: [], start: false });
    }
    expect(last.sweepState.sent?.[CHARGE]).to.include({ endOffset: 5, readAt: null, unread: true });
  });

  it('keeps the end offset of the first check: later messages of other sagas do not postpone it', () => {
    const observer = charging();
    observer.after(3_000, unread);
    const later = { ends: { 'payment-requested': 900 }, reads: { 'payment payment-requested': 5 } };
    expect(observer.after(1_000, later).sweepState.sent?.[CHARGE]).to.include({
      endOffset: 5,
      readAt: observer.nowMs,
    });
  });

  it('has time to be published before the sweeper reads its end offset', () => {
    const observer = charging();
    const notYet = { ends: { 'payment-requested': 4 }, reads: { 'payment payment-requested': 4 } };
    const first = observer.after(100, notYet);
    expect(first.sweepState.sent?.[CHARGE]).to.include({ endOffset: null, readAt: null, unread: true });
    expect(observer.after(3_000, unread).sweepState.sent?.[CHARGE]).to.include({
      endOffset: 5,
      readAt: null,
      unread: true,
    });
  });

  it('is checked more rarely the longer it waits, so that checks do not make up a backlog', () => {
    const observer = charging();
    const soon = observer.after(3_000, unread);
    expect(soon.dueAt - observer.nowMs).to.be.at.least(1_000);
    const late = observer.after(30_000, unread);
    expect(late.dueAt - observer.nowMs).to.be.within(11_000, 15_000);
  });

  it('times out at the second limit, whatever the queue', () => {
    const observer = charging();
    observer.after(3_000, unread);
    const issuedAt = observer.row.pending.awaiting[CHARGE]?.issuedAt ?? 0;
    const limit = issuedAt + definition.scheduleToCloseMs;
    expect(observer.after(limit - 1 - observer.nowMs, unread).fire).to.deep.equal([]);
    expect(observer.after(1, unread).fire).to.have.length(1);
  });
});

describe('a command that may never have been written', () => {
  // Its engine waits for a partition that takes nothing, and the end of its log has been read.
  const silent: Brokers = { ...read, silent: true };

  it('is not timed out while no resend is acknowledged, however long, and has its whole time afterwards', () => {
    const observer = charging();
    let last = observer.after(3_000, silent);
    for (const until = observer.nowMs + HOUR_MS; observer.nowMs < until; ) {
      last = observer.afterCheck(last, silent);
      expect(last.fire).to.deep.equal([]);
    }
    expect(last.sweepState.sent?.[CHARGE]).to.include({ attempts: 1, confirmed: false });
    do last = observer.afterCheck(last, read);
    while (last.resend.length === 0);
    last = observer.after(3_000, read);
    expect(last.sweepState.sent?.[CHARGE]).to.include({ readAt: observer.nowMs, proven: true });
    expect(observer.after(59_999, read).fire).to.deep.equal([]);
    expect(observer.after(1, read).fire).to.have.length(1);
  });

  it('is sent again when its step is due before the first resend, and timed out once that one is read', () => {
    const observer = charging();
    const { pending } = observer.row;
    const timers = Object.entries(pending.timers).map(([name, timer]) => [
      name,
      { ...timer, delayMs: 5_000 },
    ]);
    Object.assign(observer, {
      row: { ...observer.row, pending: { ...pending, timers: Object.fromEntries(timers) } },
    });
    observer.after(3_000, read);
    const due = observer.after(5_000, read);
    expect(due).to.deep.include({ fire: [], resend: [{ commandId: CHARGE, version: 2 }] });
    const waiting: Brokers = { ends: { 'payment-requested': 6 }, reads: { 'payment payment-requested': 5 } };
    expect(observer.after(3_000, waiting)).to.deep.include({ fire: [], resend: [] });
    expect(
      observer.after(1_000, { ...waiting, reads: { 'payment payment-requested': 6 } }).fire,
    ).to.have.length(1);
  });
});

describe('a command that was read', () => {
  it('starts its clock then', () => {
    const observer = charging();
    for (let minutes = 0; minutes < 100; minutes++) observer.after(60_000, unread);
    const first = observer.after(1_000, read);
    const readAt = observer.nowMs;
    expect(first).to.deep.include({ fire: [], resend: [] });
    expect(first.sweepState.sent?.[CHARGE]).to.include({ readAt });
    prove(observer, read);
    expect(observer.after(59_999 - PROVED_MS, read).fire).to.deep.equal([]);
    const [timer] = observer.after(1, read).fire;
    expect(timer).to.deep.equal({
      name: 'xstate.after.chargeDeadline.order.chargingPayment',
      generation: 2,
    });
  });

  it('has a clock of its own beside a revoke that has outlived its state', () => {
    const edit = action('edit', { params: { input: { payment: { method: 'pm_card_mastercard' } } } });
    const observer = new Observer(given().after(inventoryReserved, edit, paymentCharged));
    expect(Object.keys(observer.row.pending.awaiting)).to.deep.equal([
      `${ORDER_ID}/payment.revoke`,
      `${ORDER_ID}/inventory.confirm`,
    ]);
    const tombstoneUnread: Brokers = {
      ends: { 'inventory-requested': 7, 'payment-requested': 9 },
      reads: { 'inventory inventory-requested': 7, 'payment payment-requested': 8 },
    };
    observer.after(3_000, tombstoneUnread);
    prove(observer, tombstoneUnread);
    expect(observer.after(59_999 - PROVED_MS, tombstoneUnread).fire).to.deep.equal([]);
    expect(observer.after(1, tombstoneUnread).fire).to.have.length(1);
  });

  it('is sent again after the delay, and again only after that one was read, on a growing delay', () => {
    const observer = charging();
    let last = observer.after(3_000, read);
    last = observer.afterCheck(last, read);
    expect(observer.nowMs - (last.sweepState.sent?.[CHARGE]?.readAt ?? 0)).to.equal(RESENT_MS);
    expect(last.resend).to.deep.equal([{ commandId: CHARGE, version: 2 }]);

    const repeated: Brokers = { ends: { 'payment-requested': 6 }, reads: { 'payment payment-requested': 5 } };
    for (let times = 0; times < 30; times++) {
      last = observer.afterCheck(last, repeated);
      expect(last.resend).to.deep.equal([]);
    }
    last = observer.afterCheck(last, { ...repeated, reads: { 'payment payment-requested': 6 } });
    const seenAt = observer.nowMs;
    expect(last.sweepState.sent?.[CHARGE]).to.include({ nextAt: seenAt + 2 * RESENT_MS, attempts: 1 });
  });

  it('keeps the clock of its first reading when it is sent again', () => {
    const observer = charging();
    const first = observer.after(3_000, read);
    const { readAt } = first.sweepState.sent?.[CHARGE] ?? {};
    observer.afterCheck(first, read);
    expect(observer.after(1_000, read).sweepState.sent?.[CHARGE]).to.include({ readAt });
  });

  it('is resent every five minutes in the end, and keeps the last twenty times', () => {
    const observer = new Observer(
      given().after(inventoryReserved, paymentCharged, deadline('confirmDeadline')),
    );
    const { row } = observer;
    let resent = 0;
    let last = observer.after(3_000, {});
    for (let checks = 0; checks < 200; checks++) {
      last = observer.afterCheck(last, {});
      resent += last.resend.length;
    }
    const [one] = Object.values(last.sweepState.sent ?? {});
    expect(resent).to.be.greaterThan(20);
    expect(one?.attempts).to.equal(resent);
    expect(one?.resentAt).to.have.length(20);
    const [a = 0, b = 0] = one?.resentAt.slice(-2) ?? [];
    expect(b - a).to.be.within(300_000, 320_000);
    expect(resendsOf(last.sweepState, row.id)).to.have.length(20);
  });
});
