/** Every saga the orchestrator runs: one line a version of a saga, the newest last. */
import type { SagaDefinition } from '#engine/definition/definition.ts';
import { type TimeLimits, withTimeLimits } from '#engine/definition/time-limits.ts';
import { orderSaga } from './order/index.ts';

type DefineSaga = () => SagaDefinition;

const SAGAS: readonly DefineSaga[] = [
  orderSaga, // v1
];

/** Makes the definitions a process runs, with the time limits it was given. */
export type DefineSagas = (limits?: TimeLimits) => SagaDefinition[];

/** Every version of every saga. */
export const sagas: DefineSagas = (limits = {}) => SAGAS.map((define) => withTimeLimits(define(), limits));
