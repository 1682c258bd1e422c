/**
 * The order saga, top-down: forward to `completed`, or back down the ladder to `failed`.
 *
 * A refusal leaves nothing of its own step to undo, so it enters one rung below; a time-out may have done its step, so
 * it enters the step's own rung. Past the charge a time-out does not decide: it holds and asks for a person.
 * `completed` and `failed` are ordinary states: a late success of something given up must still be undone there.
 */
import { assign, setup } from 'xstate';
import type { OrderContext } from './commands.ts';

/** How long each step's answer may take once its participant has read the command, ms. */
export interface OrderDelays {
  reserveDeadline: number;
  redeemDeadline: number;
  chargeDeadline: number;
  confirmDeadline: number;
  shipDeadline: number;
  undoDeadline: number;
}

export const DEFAULT_DELAYS: Readonly<OrderDelays> = {
  reserveDeadline: 30_000,
  redeemDeadline: 30_000,
  chargeDeadline: 60_000,
  confirmDeadline: 60_000,
  shipDeadline: 60_000,
  undoDeadline: 120_000,
};

/** What comes in: a reply with its data, a timer, a person's action. */
interface OrderEvent {
  readonly type: string;
  readonly data?: { readonly code?: string; readonly text?: string; readonly [field: string]: unknown };
}

const issue = (command: string) => ({ type: 'issue' as const, params: { command } });
const publish = (event: string) => ({ type: 'publish' as const, params: { event } });
const hold = (code: string) => ({ actions: { type: 'raiseIncident' as const, params: { code } } });

export const orderMachine = setup({
  types: { context: {} as OrderContext, events: {} as OrderEvent },
  actions: {
    // Data for the engine: the pure transition returns them and executes nothing.
    issue: (_, _params: { command: string }) => {},
    publish: (_, _params: { event: string }) => {},
    raiseIncident: (_, _params: { code: string }) => {},
    noteDiscount: assign({ discount: ({ event }) => Number(event.data?.['discount'] ?? 0) }),
    noteCharge: assign({ chargeId: ({ event }) => String(event.data?.['chargeId'] ?? '') }),
    noteShipment: assign({ shipmentId: ({ event }) => String(event.data?.['shipmentId'] ?? '') }),
    noteFailure: assign({ failure: ({ event }) => failureOf(event) }),
  },
  guards: { hasCoupon: ({ context }) => context.hasCoupon },
  delays: { ...DEFAULT_DELAYS },
}).createMachine({
  id: 'order',
  context: { hasCoupon: false },
  initial: 'created',
  states: {
    created: {
      on: { 'order.created': 'reservingInventory' },
    },

    // Forward.
    reservingInventory: {
      entry: issue('inventory.reserve'),
      on: {
        'inventory.reserved': [
          { guard: 'hasCoupon', target: 'redeemingCoupon' },
          { target: 'chargingPayment' },
        ],
        'inventory.refused': { target: 'failed', actions: ['noteFailure', publish('order.failed')] },
        'saga.compensate': 'compensating.releasingInventory',
      },
      after: { reserveDeadline: 'compensating.releasingInventory' },
    },
    redeemingCoupon: {
      entry: issue('coupon.redeem'),
      on: {
        'coupon.redeemed': { target: 'chargingPayment', actions: 'noteDiscount' },
        'coupon.refused': 'compensating.releasingInventory',
        'saga.compensate': 'compensating.restoringCoupon',
      },
      after: { redeemDeadline: 'compensating.restoringCoupon' },
    },
    chargingPayment: {
      entry: issue('payment.charge'),
      on: {
        'payment.charged': { target: 'confirmingInventory', actions: 'noteCharge' },
        'payment.declined': [
          { guard: 'hasCoupon', target: 'compensating.restoringCoupon' },
          { target: 'compensating.releasingInventory' },
        ],
        'saga.compensate': 'compensating.refundingPayment',
      },
      after: { chargeDeadline: 'compensating.refundingPayment' },
    },
    confirmingInventory: {
      entry: issue('inventory.confirm'),
      on: {
        'inventory.confirmed': 'preparingShipping',
        'inventory.confirmRefused': 'compensating.refundingPayment',
        'saga.compensate': 'compensating.refundingPayment',
      },
      after: { confirmDeadline: hold('confirm-unanswered') },
    },
    preparingShipping: {
      entry: issue('shipping.prepare'),
      on: {
        'shipping.prepared': { target: 'completed', actions: ['noteShipment', publish('order.completed')] },
        'shipping.refused': 'compensating.refundingPayment',
        'saga.compensate': 'compensating.cancellingShipping',
      },
      after: { shipDeadline: hold('ship-unanswered') },
    },
    completed: {},

    // Back: the rung of entry carries what must be undone.
    compensating: {
      entry: ['noteFailure', publish('order.failed')],
      initial: 'cancellingShipping',
      states: {
        cancellingShipping: {
          entry: issue('shipping.cancel'),
          on: { 'shipping.cancelled': 'refundingPayment', 'shipping.cancelRefused': hold('cancel-refused') },
          after: { undoDeadline: hold('cancel-unanswered') },
        },
        refundingPayment: {
          entry: issue('payment.refund'),
          on: {
            'payment.refunded': [
              { guard: 'hasCoupon', target: 'restoringCoupon' },
              { target: 'releasingInventory' },
            ],
            'payment.refundRefused': hold('refund-refused'),
          },
          after: { undoDeadline: hold('refund-unanswered') },
        },
        restoringCoupon: {
          entry: issue('coupon.restore'),
          on: { 'coupon.restored': 'releasingInventory', 'coupon.restoreRefused': hold('restore-refused') },
          after: { undoDeadline: hold('restore-unanswered') },
        },
        releasingInventory: {
          entry: issue('inventory.release'),
          on: { 'inventory.released': '#order.failed', 'inventory.releaseRefused': hold('release-refused') },
          after: { undoDeadline: hold('release-unanswered') },
        },
      },
    },
    failed: {},
  },
});

/** Why a saga goes back, from what turned it: a refusal, a time-out, a person. */
function failureOf(event: OrderEvent): OrderContext['failure'] {
  const timeout = /^xstate\.after\.(\w+)Deadline\./.exec(event.type);
  if (timeout !== null) return { reason: `${timeout[1]}.timed-out` };
  const { code, text } = event.data ?? {};
  if (event.type === 'saga.compensate')
    return { reason: code ?? 'compensated', ...(text !== undefined && { text }) };
  return {
    reason: event.type,
    ...(code !== undefined && { code }),
    ...((text ?? code) !== undefined && { text: text ?? code }),
  };
}
