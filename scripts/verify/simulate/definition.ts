/** The definitions that a run's orders follow. */
import { type Registered, register } from '#engine/definition/definition.ts';
import { orderSaga } from '#orchestrator/sagas/order/index.ts';
import type { Day } from './faults.ts';

/** Short, so that hours of lastFailure fit into minutes; in the proportions of the product's own. */
export const DELAYS = {
  reserveDeadline: 3_000,
  redeemDeadline: 3_000,
  chargeDeadline: 6_000,
  confirmDeadline: 6_000,
  shipDeadline: 6_000,
  undoDeadline: 12_000,
};
const SCHEDULE_TO_CLOSE_MS = 60_000;

/** The saga as two builds know it. */
export interface Versions {
  readonly current: Registered;
  /** The same saga under a newer version: the simulation needs only that engines differ in the versions they support. */
  readonly newer: Registered;
}

const HURRIED = versions({ delays: DELAYS, scheduleToCloseMs: SCHEDULE_TO_CLOSE_MS });
const UNHURRIED = versions({});

/** The versions of a day. */
export const versionsOf = ({ unhurried = false }: Day): Versions => (unhurried ? UNHURRIED : HURRIED);

function versions(options: Parameters<typeof orderSaga>[0]): Versions {
  const current = register(orderSaga(options));
  return { current, newer: register({ ...orderSaga(options), version: current.version + 1 }) };
}
