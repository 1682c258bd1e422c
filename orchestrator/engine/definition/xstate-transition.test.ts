/** The pure transition is XState's own: the same answer for every state and every event. */
import { expect } from 'chai';
import { transition } from 'xstate';
import { orderMachine } from '#orchestrator/sagas/order/machine.ts';
import { pureTransition } from './xstate-transition.ts';

const STATES = [
  'created',
  'reservingInventory',
  'redeemingCoupon',
  'chargingPayment',
  'confirmingInventory',
  'preparingShipping',
  'completed',
  { compensating: 'cancellingShipping' },
  { compensating: 'refundingPayment' },
  { compensating: 'restoringCoupon' },
  { compensating: 'releasingInventory' },
  'failed',
];

describe('pureTransition', () => {
  it('answers as XState does, for every state and event, in any order of calls', () => {
    const pure = pureTransition(orderMachine);
    const events = [...orderMachine.events, 'nobody.sends.this'];
    let compared = 0;
    for (const hasCoupon of [true, false]) {
      for (const value of STATES) {
        for (const type of events) {
          const event = {
            type,
            data: { chargeId: 'ch_1', discount: 5, shipmentId: 's', code: 'why', text: 'because' },
          };
          const before = orderMachine.resolveState({ value: value as never, context: { hasCoupon } });
          const [after, actions] = transition(orderMachine, before, event);
          const ours = pure(value, { hasCoupon }, event);
          expect(ours.value).to.deep.equal(after.value);
          expect(ours.context).to.deep.equal(after.context);
          expect(ours.actions).to.deep.equal(
            actions.map((action) => ({ type: action.type, params: action.params })),
          );
          compared += 1;
        }
      }
    }
    expect(compared).to.equal(2 * STATES.length * events.length);
  });
});
