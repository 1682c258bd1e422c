/** The sweeper's decisions on time-outs and unstarted sagas, and the time of its next check. */
import { expect } from 'chai';
import {
  action,
  deadline,
  definition,
  found,
  given,
  inventoryReserved,
  paymentCharged,
  reply,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import { replyTopics } from '../read-message.ts';
import {
  CHARGE,
  charging,
  HOUR_MS,
  PROVED_MS,
  prove,
  RESENT_MS,
  read,
  SENT,
  unread,
} from '../testing/charging.ts';
import { type Brokers, Observer } from '../testing/observer.ts';
import type { SagaRun } from '../testing/saga-run.ts';
import { decideRecovery, ENGINE_GROUP, placesOf } from './decide-recovery.ts';

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
    expect(first.dueAt - observer.nowMs).to.equal(RESENT_MS);
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
