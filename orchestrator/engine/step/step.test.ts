/** The pure step: each kind of correlation lets its message in once, and what holds none changes nothing. */
import { expect } from 'chai';
import {
  action,
  deadline,
  definition,
  found,
  given,
  inventoryConfirmed,
  inventoryReserved,
  NOW_MS,
  notice,
  ORDER_ID,
  paymentCharged,
  reply,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import { spanIdOf } from '#protocol/trace.ts';
import { start } from '../testing/messages.ts';
import { step } from './step.ts';

const OTHER = '019a0000-0000-7000-8000-0000000000ff';

describe('the start', () => {
  it('is taken once', () => {
    const begun = unstarted().when(start()).issues('inventory.reserve').reaches('reservingInventory');
    expect(begun.row).to.include({ version: 1, revision: 1, status: 'running' });
    begun.again().isNoted('already-started');
  });

  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const traced = (id: string) => `00-0af7651916cd43dd8448eb211c80319c-${spanIdOf(id)}-01`;

  it('continues the trace of the message that moved it: each command names the span that sends it', () => {
    const message = start()(definition, unstarted().row);
    const begun = unstarted().receive({ ...message, envelope: { ...message.envelope, traceparent } });
    const [sent] = begun.taken.entry.out;
    expect(sent?.event.traceparent).to.equal(traced(sent?.event.id ?? ''));
  });

  it('continues the trace of its row where the message bears none, as timers and actions do', () => {
    const row = { ...given().row, traceparent };
    const turned = step(definition, row, action('compensate')(definition, row), NOW_MS);
    const sent = turned.kind === 'taken' ? turned.entry.out[0] : undefined;
    expect(sent?.event.traceparent).to.equal(traced(sent?.event.id ?? ''));
  });
});

describe('a reply', () => {
  it('is taken once; its duplicate is noted', () => {
    const moved = given().when(inventoryReserved).issues('payment.charge').awaits('payment.charge');
    moved.again().isNoted('not-awaited').reaches('chargingPayment');
  });

  it('of another command’s type is foreign', () => {
    given()
      .when(reply('payment.charged', { commandId: `${ORDER_ID}/inventory.reserve` }))
      .isNoted('foreign-reply')
      .reaches('reservingInventory');
  });

  it('to another saga’s command is not awaited', () => {
    given()
      .when(reply('inventory.reserved', { commandId: `${OTHER}/inventory.reserve` }))
      .isNoted('not-awaited');
  });

  it('that names no command is noted', () => {
    const message = inventoryReserved(definition, given().row);
    const { commandid: _, ...envelope } = message.envelope;
    given()
      .receive({ ...message, envelope })
      .isNoted('names-no-command');
  });

  it('to a command that was given up is noted, whatever it says, while its undo is awaited', () => {
    const back = given().after(inventoryReserved, deadline('chargeDeadline'));
    const commandId = `${ORDER_ID}/payment.charge`;
    back.when(reply('payment.charged', { commandId })).isNoted('being-undone');
    back.when(reply('payment.declined', { commandId })).isNoted('given-up');
    expect(back.taken.entry.change.gaveUp).to.deep.equal([commandId]);
  });
});

describe('a timer', () => {
  it('is taken once', () => {
    const back = given().when(deadline('reserveDeadline')).reaches('compensating.releasingInventory');
    back.again().isNoted('stale-timer');
  });

  it('of an generation before is stale', () => {
    given().after(inventoryReserved).when(deadline('chargeDeadline', true)).isNoted('stale-timer');
  });

  it('of a state that was left is stale', () => {
    const charging = given().after(inventoryReserved);
    const due = deadline('chargeDeadline')(definition, charging.row);
    charging.after(paymentCharged).receive(due).isNoted('stale-timer');
  });

  it('is armed under a number of its own, never used again', () => {
    const run = given().after(inventoryReserved, paymentCharged);
    const [timer] = Object.entries(run.row.pending.timers);
    expect(Object.keys(run.row.pending.timers)).to.have.length(1);
    expect(timer?.[1]).to.include({ generation: 3, delayMs: 60_000, at: run.nowMs + 60_000 });
  });

  it('that holds is not armed again, and what is awaited stays', () => {
    const held = given().after(inventoryReserved, paymentCharged).when(deadline('confirmDeadline'));
    expect(held.row.pending.timers).to.deep.equal({});
    held.awaits('inventory.confirm').isStuck('confirm-unanswered').isChecked(true);
    held.when(inventoryConfirmed).reaches('preparingShipping').isNotStuck();
  });
});

describe('a notice', () => {
  it('is lastFailure, not an answer: it leaves the command awaited', () => {
    const charging = given().after(inventoryReserved);
    const delayed = charging.when(notice('payment.delayed')).issues().awaits('payment.charge').isNotStuck();
    expect(delayed.row.lastFailure).to.deep.include({
      code: 'outage',
      commandId: `${ORDER_ID}/payment.charge`,
    });
    expect(delayed.row.version).to.equal(charging.row.version + 1);
    expect(delayed.row.revision).to.equal(charging.row.revision);
    delayed.when(paymentCharged).reaches('confirmingInventory');
  });

  it('of parking marks the saga stuck at once; its answer clears the incident', () => {
    const parked = given().after(inventoryReserved).when(notice('payment.parked')).isStuck('parked');
    parked.when(paymentCharged).isNotStuck();
  });

  it('of another participant is foreign', () => {
    const message = notice('payment.delayed')(definition, given().after(inventoryReserved).row);
    const foreign = { ...message, envelope: { ...message.envelope, type: 'shipping.delayed' } };
    given().after(inventoryReserved).receive(foreign).isNoted('foreign-notice');
  });

  it('under the reply’s id would keep the reply out of the journal: it is not taken', () => {
    const charging = given().after(inventoryReserved);
    const message = notice('payment.delayed')(definition, charging.row);
    const id = `${ORDER_ID}/payment.charge/reply`;
    charging.receive({ ...message, envelope: { ...message.envelope, id } }).isNoted('misnamed-notice');
  });
});

describe('the version is the fence, the revision what people saw', () => {
  it('moves the revision only with state or context', () => {
    const begun = given();
    const delayed = begun.when(notice('inventory.delayed')).when(action('retry'));
    expect(delayed.row).to.include({ version: 3, revision: 1 });
    const moved = delayed.when(inventoryReserved);
    expect(moved.row).to.include({ version: 4, revision: 4 });
    expect(moved.row.stateSince.getTime()).to.equal(moved.nowMs);
    expect(delayed.row.stateSince).to.deep.equal(begun.row.stateSince);
  });

  it('writes the entry that moved it', () => {
    const { entry, row } = given().after(inventoryReserved).taken;
    expect(entry).to.deep.include({
      version: 2,
      fromState: 'reservingInventory',
      toState: 'chargingPayment',
    });
    expect(entry.messageId).to.equal(`${ORDER_ID}/inventory.reserve/reply`);
    expect(row.pending.awaiting[`${ORDER_ID}/payment.charge`]?.version).to.equal(entry.version);
  });

  it('stores the context of the machine in the row', () => {
    const { change } = given().after(inventoryReserved).when(paymentCharged).taken.entry;
    expect(change).to.deep.equal({ context: { hasCoupon: false, chargeId: 'ch_1' } });
  });
});

describe('checks', () => {
  it('are wanted while a saga lives, and not after its last transition', () => {
    given().isChecked(true);
    given().when('inventory.refused').isChecked(false);
    given()
      .after('inventory.reserved', 'payment.declined')
      .isChecked(true)
      .when(found('inventory.released', 'undone'))
      .isChecked(false);
  });
});
