/** Migrate: a saga goes on by the rules of a newer version, where that accepts it as it stands. */
import { expect } from 'chai';
import {
  action,
  deadline,
  given,
  inventoryConfirmed,
  inventoryReserved,
  newRow,
  ORDER_ID,
  paymentCharged,
  shippingPrepared,
} from '#orchestrator/sagas/order/testing/given.ts';
import { orderV2, orderWith } from '#orchestrator/sagas/order/testing/next.ts';
import { memoryStore } from '#orchestrator/store/testing/memory-store.ts';
import { register } from '../definition/definition.ts';
import { replay, versionsOf } from '../replay.ts';
import { definitionFor, stepBatch } from '../step-batch.ts';
import { mapOf, NOW_MS, definitions as OLD } from '../testing/engine-run.ts';
import { start } from '../testing/messages.ts';
import { type Delivered, SagaRun } from '../testing/saga-run.ts';

const v1 = OLD.get('order@1');
if (v1 === undefined) throw new Error('there is no order v1');
const v2 = register(orderV2());
const NEXT = mapOf(v1, v2);
const ACTION_ID = '00000000-0000-4000-8000-00000000000a';
const migrate = (toVersion: unknown = 2) =>
  action('migrate', { actionId: ACTION_ID, params: { toVersion } as Record<string, unknown> });

/** A migration as the batch hands it to the step: under the version it asks for, where that is known. */
function migrated(run: SagaRun, known = NEXT, to: unknown = 2): SagaRun {
  const message = migrate(to)(run.definition, run.row);
  const under = definitionFor(known, run.row, message);
  if (under === undefined) throw new Error('neither version is known');
  return new SagaRun(under, run.row, run.nowMs).receive(message);
}

const shipping = () => given().after(inventoryReserved, paymentCharged, inventoryConfirmed);

describe('migrate', () => {
  it('moves a stuck saga: it stands where it stood, sends nothing, and goes on by the newer rules', () => {
    const stuck = shipping().after(deadline('shipDeadline')).isStuck('ship-unanswered');
    const moved = migrated(stuck).isTaken().issues().publishes().reaches('preparingShipping');
    expect(moved.row.definitionVersion).to.equal(2);
    expect(moved.row.revision).to.equal(moved.row.version);
    expect(moved.taken.entry.change.migrated).to.deep.equal({ from: 1, to: 2 });
    expect(moved.taken.outcome).to.include({ actionId: ACTION_ID, state: 'applied' });
    moved.isStuck('ship-unanswered').isChecked(true).when(shippingPrepared).reaches('completed');
  });

  for (const [where, delivered] of [
    ['before the state that differs', [inventoryReserved]],
    ['on the way back', [inventoryReserved, paymentCharged, inventoryConfirmed, action('compensate')]],
  ] as ReadonlyArray<[string, Delivered[]]>)
    it(`accepts a saga ${where}, with its timer armed`, () => {
      const run = migrated(given().after(...delivered)).isTaken();
      expect(Object.keys(run.row.pending.timers)).to.have.length(1);
    });

  it('goes the newer way from there: the state of another name', () => {
    migrated(given().after(inventoryReserved)).when(paymentCharged).reaches('confirmingStock');
  });

  it('is refused where the newer version has no such state, timer or command', () => {
    const confirming = given().after(inventoryReserved, paymentCharged);
    migrated(confirming).isRefused(/^order v2 has no state confirmingInventory$/);
    const untimed = register(
      orderWith(2, (states) => {
        delete states.preparingShipping.after;
        return states;
      }),
    );
    migrated(shipping(), mapOf(v1, untimed)).isRefused(/^order v2 has no timer xstate\.after\.shipDeadline/);
    const { 'coupon.redeem': _, ...commands } = v2.commands;
    const couponless = { ...v2, commands };
    const redeemed = given({ ...(newRow().input as never as object), couponId: 'X' } as never).after(
      inventoryReserved,
    );
    redeemed.reaches('redeemingCoupon');
    migrated(redeemed, mapOf(v1, couponless)).isRefused(/^order v2 has no command coupon\.redeem$/);
  });

  it('is refused to a version that is not newer, that nobody here knows, or that is none', () => {
    migrated(shipping(), NEXT, 1).isRefused(/^order v1 is not newer than v1/);
    migrated(shipping(), OLD, 2).isRefused(/^this build does not know order v2$/);
    migrated(shipping(), NEXT, 'two').isRefused(/toVersion/);
  });

  it('is refused on a revision that its author did not see', () => {
    const run = shipping();
    const message = action('migrate', { revision: 1, params: { toVersion: 2 } })(v2, run.row);
    new SagaRun(v2, run.row, run.nowMs).receive(message).isRefused(/moved on/);
  });

  it('takes effect within a batch: what follows it there is taken by the newer rules', async () => {
    const store = memoryStore();
    store.insertSaga(newRow(), new Date(NOW_MS));
    const ahead = given().after(inventoryReserved);
    const batch = [
      start()(v1, newRow()),
      inventoryReserved(v1, given().row),
      migrate()(v1, ahead.row),
      paymentCharged(v1, ahead.row),
    ];
    const outcome = await stepBatch(NEXT, store, batch, NOW_MS);
    expect(outcome.unmatched).to.deep.equal([]);
    expect(store.tables.sagas.get(ORDER_ID)?.row).to.include({
      state: 'confirmingStock',
      definitionVersion: 2,
    });
  });

  it('is possible for a saga whose own version nobody knows any more', async () => {
    const store = memoryStore();
    const run = shipping();
    store.insertSaga(run.row, new Date(NOW_MS));
    await stepBatch(mapOf(v2), store, [migrate()(v1, run.row)], NOW_MS);
    expect(store.tables.sagas.get(ORDER_ID)?.row).to.include({ definitionVersion: 2 });
  });

  it('is replayed under each version it ran under', async () => {
    const store = memoryStore();
    store.insertSaga(newRow(), new Date(NOW_MS));
    const charging = given().after(inventoryReserved);
    const confirming = migrated(charging).after(paymentCharged);
    const messages = [
      start()(v1, newRow()),
      inventoryReserved(v1, given().row),
      migrate()(v1, charging.row),
      paymentCharged(v1, charging.row),
      inventoryConfirmed(v2, confirming.row),
    ];
    await stepBatch(NEXT, store, messages, NOW_MS);
    const row = store.tables.sagas.get(ORDER_ID)?.row;
    const history = { birth: row ?? newRow(), entries: store.tables.journal.get(ORDER_ID) ?? [] };
    expect(row?.state).to.equal('preparingShipping');
    expect(versionsOf(history)).to.deep.equal([1, 2]);
    expect(replay((version) => (version === 1 ? v1 : v2), history)).to.equal(null);
    expect(replay(() => v1, history)).to.include({ what: 'state', wouldBe: 'confirmingInventory' });
  });
});
