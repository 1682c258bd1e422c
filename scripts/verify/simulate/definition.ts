/** The definitions that every run's orders follow. */
import { type Registered, register } from '#engine/definition/definition.ts';
import { orderSaga } from '#orchestrator/sagas/order/index.ts';

/** Short, so that hours of lastFailure fit into minutes; in the proportions of the product's own. */
export const DELAYS = {
  reserveDeadline: 3_000,
  redeemDeadline: 3_000,
  chargeDeadline: 6_000,
  confirmDeadline: 6_000,
  shipDeadline: 6_000,
  undoDeadline: 12_000,
};
export const SCHEDULE_TO_CLOSE_MS = 60_000;

export const definition: Registered = register(
  orderSaga({ delays: DELAYS, scheduleToCloseMs: SCHEDULE_TO_CLOSE_MS }),
);
/**
 * The same saga under a newer build's version; the simulation needs only that engines differ in the versions they
 * support.
 */
export const newerDefinition: Registered = register({
  ...orderSaga({ delays: DELAYS, scheduleToCloseMs: SCHEDULE_TO_CLOSE_MS }),
  version: definition.version + 1,
});
