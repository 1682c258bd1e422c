/** Every saga the orchestrator runs: one line a saga. */
import type { SagaDefinition } from '../engine/define.ts';
import { orderSaga } from './order/index.ts';
import type { OrderDelays } from './order/machine.ts';

/** The definitions, each version beside the others, with their time-outs. */
export function sagas(
  options: { delays?: Readonly<OrderDelays>; secondLimitMs?: number } = {},
): SagaDefinition[] {
  return [orderSaga(options.delays, options.secondLimitMs)];
}
