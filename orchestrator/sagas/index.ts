/** Every saga the orchestrator runs: one line a version of a saga, the newest last. */
import type { SagaDefinition } from '#engine/definition/definition.ts';
import { orderSaga } from './order/index.ts';
import type { OrderDelays } from './order/machine.ts';

/** What a process tells its definitions. */
export interface SagaOptions {
  readonly delays?: Readonly<OrderDelays>;
  readonly scheduleToCloseMs?: number;
}

/** Makes the definitions a process runs, each version beside the others. */
export type DefineSagas = (options?: SagaOptions) => SagaDefinition[];

/** The definitions, each version beside the others, with their time-outs. */
export const sagas: DefineSagas = ({ delays, scheduleToCloseMs } = {}) => [
  orderSaga(delays, scheduleToCloseMs), // v1
];
