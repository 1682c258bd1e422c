/** For tests: a version 2 of the order saga that the product does not have, and sagas with one rule changed. */
import { type AnyStateMachine, createMachine } from 'xstate';
import type { SagaDefinition } from '#engine/definition/definition.ts';
import { type TimeLimits, withTimeLimits } from '#engine/definition/time-limits.ts';
import { type DefineSagas, sagas } from '#orchestrator/sagas/index.ts';
import { orderSaga } from '../index.ts';
import { orderMachine } from '../machine.ts';

// biome-ignore lint/suspicious/noExplicitAny: a machine's configuration has no simpler type.
type States = Record<string, any>;

const make = createMachine as unknown as (config: object, implementations: object) => AnyStateMachine;

/** The order saga with other states, under a version. */
export function orderWith(
  version: number,
  change: (states: States) => States,
  limits: TimeLimits = {},
): SagaDefinition {
  const { config, implementations } = orderMachine;
  const states = change(structuredClone(config.states) as States);
  const machine = make({ ...config, states }, implementations);
  return withTimeLimits({ ...orderSaga(), version, machine }, limits);
}

/** Version 2: the stock is confirmed in a state of another name. */
export function orderV2(limits: TimeLimits = {}): SagaDefinition {
  return orderWith(
    2,
    ({ confirmingInventory, chargingPayment, ...others }) => {
      chargingPayment.on['payment.charged'].target = 'confirmingStock';
      return { ...others, chargingPayment, confirmingStock: confirmingInventory };
    },
    limits,
  );
}

/** The product's sagas and version 2 of the order. */
export const nextSagas: DefineSagas = (limits) => [...sagas(limits), orderV2(limits)];

/** Version 1 with one rule changed: a refused shipment is cancelled before the refund. */
export function orderWithChangedRule(limits: TimeLimits = {}): SagaDefinition {
  return orderWith(
    1,
    (states) => {
      states.preparingShipping.on['shipping.refused'] = 'compensating.cancellingShipping';
      return states;
    },
    limits,
  );
}
