/** The order saga's definition: machine, commands and events under a name and a version. */
import { defineSaga, type SagaDefinition } from '#engine/definition/definition.ts';
import type { Status } from '#engine/saga.ts';
import { atStake } from './at-stake.ts';
import { commands, events, type OrderContext } from './commands.ts';
import { editable, listed, type OrderInput, orderInput, shown } from './input.ts';
import { DEFAULT_DELAYS, type OrderDelays, orderMachine } from './machine.ts';
import { totals } from './totals.ts';

const SCHEDULE_TO_CLOSE_MS = 4 * 3_600_000;

/** Its time limits, ms. */
export interface OrderOptions {
  readonly delays?: Readonly<OrderDelays>;
  readonly scheduleToCloseMs?: number;
}

/** Version 1 of the order saga. */
export function orderSaga({
  delays = DEFAULT_DELAYS,
  scheduleToCloseMs = SCHEDULE_TO_CLOSE_MS,
}: OrderOptions = {}): SagaDefinition {
  return defineSaga<OrderInput, OrderContext>({
    name: 'order',
    version: 1,
    machine: orderMachine.provide({ delays: { ...delays } }),
    input: orderInput,
    listed,
    shown,
    editable,
    customerOf: ({ customerId }) => customerId,
    startedBy: 'order.created',
    commands,
    events,
    totals,
    begin: ({ couponId }) => ({ hasCoupon: couponId !== undefined }),
    statusOf,
    cancellation: { until: 'shipping.prepare', refusal: 'shipping has been requested' },
    normalMs,
    atStake,
    scheduleToCloseMs,
  });
}

/** Far above the usual length of a step, far below its time-out. The gateway is a third party and may be slower. */
function normalMs(state: string): number | undefined {
  if (statusOf(state) === 'completed' || statusOf(state) === 'failed') return undefined;
  return state === 'chargingPayment' || state.endsWith('refundingPayment') ? 45_000 : 20_000;
}

function statusOf(state: string): Status {
  if (state === 'completed' || state === 'failed') return state;
  return state.startsWith('compensating.') ? 'compensating' : 'running';
}
