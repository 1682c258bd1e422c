/** The sweeper's decisions: sent is not read, and until it is read no clock runs. */
import { expect } from 'chai';
import {
  action,
  deadline,
  definition,
  found,
  given,
  inventoryReserved,
  notice,
  ORDER_ID,
  paymentCharged,
  reply,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import { replyTopics } from '../read-message.ts';
import { resendsOf } from '../sweep-state.ts';
import { type Brokers, Observer } from '../testing/observer.ts';
import type { SagaRun } from '../testing/saga-run.ts';
import { decideRecovery, ENGINE_GROUP, placesOf } from './decide-recovery.ts';

const CHARGE = `${ORDER_ID}/payment.charge`;
const HOUR_MS = 3_600_000;

const SENT = { 'payment-requested': 5 };
const unread: Brokers = { ends: SENT, reads: { 'payment payment-requested': 4 } };
const read: Brokers = { ends: SENT, reads: { 'payment payment-requested': 5 } };
const charging = () => new Observer(given().after(inventoryReserved));
/** How long the first resend of a read command and its reading take. A time-out needs both. */
const PROVED_MS = 13_000;
const prove = (observer: Observer, brokers: Brokers) => {
  expect(observer.after(10_000, brokers).resend).to.have.length(1);
  return observer.after(3_000, brokers);
};

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

describe('a log that ends before a recorded offset', () => {
  it('of a command, has lost it: the command is resent, and its clock starts', () => {
    const observer = charging();
    observer.after(3_000, unread);
    const anew: Brokers = { ends: { 'payment-requested': 1 }, reads: { 'payment payment-requested': 1 } };
    expect(observer.after(1_000, anew).sweepState.sent?.[CHARGE]).to.include({ readAt: observer.nowMs });
    expect(observer.after(11_000, anew).resend).to.have.length(1);
  });

  it('of replies, holds no time-out back', () => {
    const observer = charging();
    const lagging: Brokers = {
      ends: { ...read.ends, 'saga-replies': 100 },
      reads: { ...read.reads, [`${ENGINE_GROUP} saga-replies`]: 40 },
    };
    observer.after(3_000, lagging);
    prove(observer, lagging);
    expect(observer.after(60_000 - PROVED_MS, lagging).fire).to.deep.equal([]);
    const anew: Brokers = {
      ends: { ...read.ends, 'saga-replies': 2 },
      reads: { ...read.reads, [`${ENGINE_GROUP} saga-replies`]: 2 },
    };
    expect(observer.after(1_000, anew).fire).to.have.length(1);
  });
});

describe('a topic that was recreated', () => {
  const old: Brokers = { ...unread, logs: { 'payment-requested': 'old' } };

  it('of a command, has lost it, however long the new log is: the command is resent, and its clock starts', () => {
    const observer = charging();
    observer.after(3_000, old);
    const anew: Brokers = {
      ends: { 'payment-requested': 900 },
      reads: { 'payment payment-requested': 7 },
      logs: { 'payment-requested': 'new' },
    };
    expect(observer.after(1_000, anew).sweepState.sent?.[CHARGE]).to.include({ endOffset: 900, log: 'new' });
    const caughtUp = { ...anew, reads: { 'payment payment-requested': 900 } };
    expect(observer.after(1_000, caughtUp).sweepState.sent?.[CHARGE]).to.include({ readAt: observer.nowMs });
    expect(observer.after(11_000, caughtUp).resend).to.have.length(1);
  });

  it('is recognised only when it was known before: a state without a log adopts the present one', () => {
    const observer = charging();
    observer.after(3_000, unread);
    const later = { ...old, ends: { 'payment-requested': 900 } };
    expect(observer.after(1_000, later).sweepState.sent?.[CHARGE]).to.include({ endOffset: 5, log: 'old' });
    const unnamed = { ...unread, ends: { 'payment-requested': 900 } };
    expect(observer.after(1_000, unnamed).sweepState.sent?.[CHARGE]).to.include({ endOffset: 5, log: 'old' });
  });

  it('of replies, holds a time-out back until its new log is read to its present end', () => {
    const observer = charging();
    const at = (end: number, position: number, log: string): Brokers => ({
      ends: { ...read.ends, 'saga-replies': end },
      reads: { ...read.reads, [`${ENGINE_GROUP} saga-replies`]: position },
      logs: { 'saga-replies': log },
    });
    observer.after(3_000, at(1_000, 40, 'old'));
    prove(observer, at(1_000, 40, 'old'));
    expect(observer.after(60_000 - PROVED_MS, at(1_000, 40, 'old')).fire).to.deep.equal([]);
    expect(observer.after(1_000, at(1_200, 3, 'new')).fire).to.deep.equal([]);
    expect(observer.after(1_000, at(2_000, 1_100, 'new')).fire).to.deep.equal([]);
    expect(observer.after(1_000, at(2_000, 1_200, 'new')).fire).to.have.length(1);
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

  it('is sent again after ten seconds, and again only after that one was read, on a growing delay', () => {
    const observer = charging();
    let last = observer.after(3_000, read);
    last = observer.afterCheck(last, read);
    expect(observer.nowMs - (last.sweepState.sent?.[CHARGE]?.readAt ?? 0)).to.equal(10_000);
    expect(last.resend).to.deep.equal([{ commandId: CHARGE, version: 2 }]);

    const repeated: Brokers = { ends: { 'payment-requested': 6 }, reads: { 'payment payment-requested': 5 } };
    for (let times = 0; times < 30; times++) {
      last = observer.afterCheck(last, repeated);
      expect(last.resend).to.deep.equal([]);
    }
    last = observer.afterCheck(last, { ...repeated, reads: { 'payment payment-requested': 6 } });
    const seenAt = observer.nowMs;
    expect(last.sweepState.sent?.[CHARGE]).to.include({ nextAt: seenAt + 20_000, attempts: 1 });
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

describe('a time-out', () => {
  const behind = (topic: string, position: number): Brokers => ({
    ends: { ...SENT, [topic]: 7 },
    reads: { ...read.reads, [`${ENGINE_GROUP} ${topic}`]: position },
  });

  for (const topic of replyTopics(definition)) {
    it(`waits until this engine has read what ${topic} held when it fell due`, () => {
      const observer = charging();
      observer.after(3_000, read);
      prove(observer, read);
      expect(observer.after(60_000 - PROVED_MS, behind(topic, 6)).fire).to.deep.equal([]);
      expect(observer.after(HOUR_MS, behind(topic, 6)).fire).to.deep.equal([]);
      const further = { ...behind(topic, 7), ends: { ...SENT, [topic]: 99 } };
      expect(observer.after(1_000, further).fire).to.have.length(1);
    });
  }

  it('fires again until the engine applies it', () => {
    const observer = charging();
    observer.after(3_000, read);
    prove(observer, read);
    const fired = observer.after(60_000 - PROVED_MS, read);
    expect(observer.afterCheck(fired, read).fire).to.deep.equal(fired.fire);
  });

  it('asks for every place it needs, and only then for those of replies', () => {
    const placed = (run: SagaRun) =>
      placesOf(definition, { row: run.row, sweepState: {}, checks: 1 }).map(
        ({ group, place }) => `${group} ${place.topic}`,
      );
    expect(placed(given())).to.deep.equal([
      'inventory inventory-requested',
      ...replyTopics(definition).map((topic) => `${ENGINE_GROUP} ${topic}`),
    ]);
    const held = given().after(inventoryReserved, paymentCharged, deadline('confirmDeadline'));
    expect(placed(held)).to.deep.equal(['inventory inventory-requested']);
    expect(placed(unstarted())).to.deep.equal([`${ENGINE_GROUP} order-created`]);
  });

  it('of a ladder’s undo does not wait for the undo of a late success beside it', () => {
    const late = given().after(
      inventoryReserved,
      deadline('chargeDeadline'),
      found('payment.refunded', 'not-executed'),
      reply('payment.charged', { commandId: CHARGE, data: { chargeId: 'c', amount: 1, currency: 'EUR' } }),
    );
    late.awaits('inventory.release', 'payment.refund#2');
    const observer = new Observer(late);
    observer.after(3_000, unread);
    prove(observer, unread);
    expect(observer.after(120_000 - PROVED_MS, unread).fire).to.have.length(1);
  });
});

describe('a saga nobody has begun', () => {
  const before: Brokers = { ends: { 'order-created': 3 }, reads: { [`${ENGINE_GROUP} order-created`]: 2 } };
  const past: Brokers = { ends: { 'order-created': 3 }, reads: { [`${ENGINE_GROUP} order-created`]: 3 } };

  it('is left alone while its event may wait in the queue', () => {
    const observer = new Observer(unstarted());
    for (let times = 0; times < 50; times++)
      expect(observer.after(30_000, before)).to.deep.include({ start: false, resend: [], fire: [] });
  });

  it('has its event published when the engine has read past it, and then not again until that one is read', () => {
    const observer = new Observer(unstarted());
    observer.after(1_000, before);
    expect(observer.after(1_000, past).start).to.equal(true);
    const published: Brokers = { ends: { 'order-created': 4 }, reads: past.reads ?? {} };
    expect(observer.after(30_000, published).start).to.equal(false);
    expect(
      observer.after(30_000, {
        ends: { 'order-created': 4 },
        reads: { [`${ENGINE_GROUP} order-created`]: 4 },
      }).start,
    ).to.equal(true);
  });

  it('is not published again where it was parked', () => {
    const { row, nowMs, definition: own } = unstarted();
    const stuck = { since: new Date(nowMs).toISOString(), code: 'parked' };
    const decision = decideRecovery(
      own,
      { row: { ...row, stuck }, sweepState: {}, checks: 1 },
      { end: () => ({ offset: 3, log: null }), read: () => 3 },
      nowMs,
      () => 0,
    );
    expect(decision.start).to.equal(false);
  });
});

describe('the next check', () => {
  it('is the earliest of all that is waited for', () => {
    const observer = charging();
    const first = observer.after(3_000, read);
    expect(first.dueAt - observer.nowMs).to.equal(10_000);
    const soon = observer.after(58_500, {
      ends: { 'payment-requested': 9 },
      reads: { 'payment payment-requested': 9 },
    });
    expect(soon.resend).to.have.length(1);
    expect(soon.dueAt - observer.nowMs).to.equal(1_500);
  });

  it('comes less and less often while a command waits unread, fifteen seconds at most, with jitter', () => {
    const gaps = (random: number) => {
      const observer = new Observer(given().after(inventoryReserved), random);
      return Array.from({ length: 12 }, () => observer.after(1_000, unread).dueAt - observer.nowMs);
    };
    expect(gaps(0.5).slice(0, 5)).to.deep.equal([1_000, 2_000, 4_000, 8_000, 15_000]);
    expect(gaps(0)[0]).to.equal(900);
    expect(Math.max(...gaps(0.999))).to.be.at.most(16_500);
  });

  it('is five minutes off where nothing is awaited', () => {
    const refused = given().after(inventoryReserved, 'payment.declined', 'inventory.releaseRefused');
    const observer = new Observer(refused.after(deadline('undoDeadline')));
    expect(observer.after(3_000, {}).dueAt - observer.nowMs).to.equal(300_000);
    expect(refused.when(action('retry')).taken.dueAt).not.to.equal(null);
  });
});

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
