/** The order saga's definition: machine, commands and events under a name and a version. */
import * as z from 'zod';
import type { SagaDefinition } from '#engine/definition/definition.ts';
import type { Status } from '#engine/saga.ts';
import { address } from '#participants/shipping/contract.ts';
import { commands, events, type OrderContext, type OrderInput } from './commands.ts';
import { listed, orderRequest, shown } from './input.ts';
import { DEFAULT_DELAYS, type OrderDelays, orderMachine } from './machine.ts';

/** What a person may correct: where it goes and how it is paid; what was learnt, should it have been misheard. */
const EDITABLE = {
  input: z
    .strictObject({
      payment: z.strictObject({ method: z.string().min(1).max(200) }),
      shippingAddress: z.strictObject(address.shape),
    })
    .partial(),
  context: z
    .strictObject({ chargeId: z.string().min(1).max(200), shipmentId: z.string().min(1).max(200) })
    .partial(),
};

const SCHEDULE_TO_CLOSE_MS = 4 * 3_600_000;

/** Version 1 of the order saga, with its time-outs. */
export function orderSaga(
  delays: Readonly<OrderDelays> = DEFAULT_DELAYS,
  scheduleToCloseMs = SCHEDULE_TO_CLOSE_MS,
): SagaDefinition {
  return {
    name: 'order',
    version: 1,
    machine: orderMachine.provide({ delays: { ...delays } }),
    startedBy: 'order.created',
    input: orderRequest,
    listed,
    shown,
    commands,
    events,
    begin: (order: OrderInput): Record<string, unknown> & OrderContext => ({
      hasCoupon: order.couponId !== undefined,
    }),
    statusOf,
    cancelUntil: 'shipping.prepare',
    editable: EDITABLE,
    normalMs,
    scheduleToCloseMs,
  };
}

/**
 * Far above what a step takes, far below its time-out. The gateway is the one part that is not ours, and answers when it
 * likes.
 */
function normalMs(state: string): number | undefined {
  if (statusOf(state) === 'completed' || statusOf(state) === 'failed') return undefined;
  return state === 'chargingPayment' || state.endsWith('refundingPayment') ? 45_000 : 20_000;
}

function statusOf(state: string): Status {
  if (state === 'completed' || state === 'failed') return state;
  return state.startsWith('compensating.') ? 'compensating' : 'running';
}
