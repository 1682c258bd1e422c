/** A saga that comes to a command which a brake holds. */
import { expect } from 'chai';
import {
  action,
  deadline,
  given,
  inventoryReserved,
  newRow,
  ORDER_ID,
  paymentCharged,
} from '#orchestrator/sagas/order/testing/given.ts';
import { replay } from '../replay.ts';
import type { SagaRun } from '../testing/saga-run.ts';

const CHARGE = `${ORDER_ID}/payment.charge`;
const REFUND = `${ORDER_ID}/payment.refund`;
const RELEASE = `${ORDER_ID}/inventory.release`;
const BRAKE = 'b0000000-0000-4000-8000-000000000001';

const heldIds = (run: SagaRun) => (run.row.pending.held ?? []).map(({ event }) => event.id);
const idsSent = (run: SagaRun) => run.taken.entry.out.map(({ event }) => event.id);

describe('a brake', () => {
  const braked = () => given().braked({ 'payment.charge': BRAKE });
  const free = (run: SagaRun) => run.braked({});

  it('holds the command that it names, and pauses the saga there', () => {
    const held = braked().when(inventoryReserved).reaches('chargingPayment').issues();
    expect(heldIds(held)).to.deep.equal([CHARGE]);
    expect(held.row.paused).to.equal(true);
    expect(held.row.pending.brake).to.deep.equal({ id: BRAKE, command: 'payment.charge' });
    expect(held.taken.entry.change).to.deep.include({
      paused: true,
      held: [CHARGE],
      braked: { id: BRAKE, command: 'payment.charge' },
    });
    held.when(deadline('chargeDeadline')).isNoted('paused');
  });

  it('touches no saga that has passed the command, and no other command', () => {
    const charging = given().after(inventoryReserved).braked({ 'payment.charge': BRAKE });
    charging.when(paymentCharged).issues('inventory.confirm');
    given().braked({ 'coupon.redeem': BRAKE }).when(inventoryReserved).issues('payment.charge');
  });

  it('sends the command once the saga is resumed, while the brake still holds others', () => {
    const held = braked().after(inventoryReserved);
    const resumed = held.when(action('resume'));
    expect(idsSent(resumed)).to.deep.equal([CHARGE]);
    expect(resumed.row.pending).not.to.have.any.keys('held', 'pausedAt', 'brake');
    free(resumed).when(paymentCharged).issues('inventory.confirm');
  });

  it('is over for a saga whose held command is given up: what takes it back is sent at once', () => {
    const cancelled = braked().after(inventoryReserved).when(action('cancel'));
    expect(cancelled.row.paused).to.equal(false);
    expect(idsSent(cancelled)).to.include(REFUND).and.not.to.include(CHARGE);
    expect(cancelled.row.pending).not.to.have.any.keys('held', 'brake');
    expect(cancelled.taken.entry.change).not.to.have.property('held');
  });

  it('holds an undo as well, for as long as it is in force', () => {
    const held = given()
      .after(inventoryReserved)
      .braked({ 'inventory.release': BRAKE })
      .when('payment.declined');
    expect(heldIds(held)).to.include(RELEASE);
    expect(idsSent(held.when(action('resume')))).to.include(RELEASE);
  });

  it('leaves alone a saga that a person has paused', () => {
    const paused = given()
      .after(action('pause'))
      .braked({ 'payment.charge': BRAKE })
      .after(inventoryReserved);
    expect(paused.row.pending).to.have.property('held');
    expect(paused.row.pending).not.to.have.property('brake');
  });

  it('is replayed from the journal as it was, though it is over', () => {
    const start = given();
    const steps = [start.braked({ 'payment.charge': BRAKE }).when(inventoryReserved)];
    steps.push(free(steps[0] as SagaRun).when(action('resume')));
    steps.push((steps[1] as SagaRun).when(paymentCharged));
    const { definition } = start;
    const birth = newRow();
    const entries = [start, ...steps].map((run) => run.taken.entry);
    expect(replay(() => definition, { birth, entries })).to.equal(null);
    const unbraked = entries.map(({ change: { braked: _, ...change }, ...entry }) => ({ ...entry, change }));
    expect(replay(() => definition, { birth, entries: unbraked })).to.include({
      what: 'messages',
    });
  });
});
