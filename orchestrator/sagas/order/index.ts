/** The order saga's definition: machine, commands and facts under a name and a version. */
import type { SagaDefinition } from '../../engine/define.ts';
import type { Status } from '../../engine/saga.ts';
import { commands, facts, type OrderContext, type OrderInput } from './commands.ts';
import { DEFAULT_DELAYS, type OrderDelays, orderMachine } from './machine.ts';

const SECOND_LIMIT_MS = 4 * 3_600_000;

/** Version 1 of the order saga, with its time-outs. */
export function orderSaga(
  delays: Readonly<OrderDelays> = DEFAULT_DELAYS,
  secondLimitMs = SECOND_LIMIT_MS,
): SagaDefinition {
  return {
    name: 'order',
    version: 1,
    machine: orderMachine.provide({ delays: { ...delays } }),
    startedBy: 'order.created',
    commands,
    facts,
    begin: (order: OrderInput): Record<string, unknown> & OrderContext => ({
      hasCoupon: order.couponId !== undefined,
    }),
    statusOf,
    cancelUntil: 'shipping.prepare',
    secondLimitMs,
  };
}

function statusOf(state: string): Status {
  if (state === 'completed' || state === 'failed') return state;
  return state.startsWith('compensating.') ? 'compensating' : 'running';
}
