/** The time limits a process gives its sagas in place of their own. */
import type { SagaDefinition } from './definition.ts';

export interface TimeLimits {
  /** One value for every named delay of every machine, ms. */
  readonly stepTimeoutMs?: number | undefined;
  readonly scheduleToCloseMs?: number | undefined;
}

/** A definition with a process's limits; what the process leaves out stays the definition's own. */
export function withTimeLimits(
  definition: SagaDefinition,
  { stepTimeoutMs, scheduleToCloseMs }: TimeLimits,
): SagaDefinition {
  const { machine } = definition;
  const names = Object.keys(machine.implementations.delays);
  return {
    ...definition,
    ...(stepTimeoutMs !== undefined && {
      machine: machine.provide({ delays: Object.fromEntries(names.map((name) => [name, stepTimeoutMs])) }),
    }),
    ...(scheduleToCloseMs !== undefined && { scheduleToCloseMs }),
  };
}
