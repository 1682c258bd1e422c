/** Wraps a gateway in the pace of its account: calls wait for their turn, and the refused ones are repeated in place. */
import { type Gateway, GatewayOutage, meansOutage } from '../gateway.ts';
import type { Pace } from '../pacing/pace.ts';

/** How long a call may go on being refused before its attempt ends; an undo waits that long for the intent. */
const PATIENCE_MS = 15_000;

/**
 * The same gateway at a pace. A call that the gateway refused as one too many was not executed, so the same call is
 * repeated under the same key, without another read of the payment's state.
 * @param patienceMs how long it is repeated; then the attempt ends with the outage
 */
export function paced(gateway: Gateway, pace: Pace, patienceMs = PATIENCE_MS): Gateway {
  async function through<T>(call: () => Promise<T>): Promise<T> {
    const until = performance.now() + patienceMs;
    for (;;) {
      await pace.permit();
      const startedAt = performance.now();
      try {
        const result = await call();
        pace.took(startedAt);
        return result;
      } catch (error) {
        const outage = error instanceof GatewayOutage ? error.outage : null;
        if (outage === 'gateway-paused') pace.rejected();
        else if (meansOutage(error)) pace.failed();
        else pace.answered();
        if (!(error instanceof GatewayOutage) || outage !== 'gateway-limited') throw error;
        pace.tooFast(error.retryAfterMs);
        if (performance.now() > until) throw error;
      }
    }
  }

  return {
    create: (payment, key) => through(() => gateway.create(payment, key)),
    retrieve: (id) => through(() => gateway.retrieve(id)),
    confirm: (...values) => through(() => gateway.confirm(...values)),
    cancel: (id, key) => through(() => gateway.cancel(id, key)),
    moneyOf: (id) => through(() => gateway.moneyOf(id)),
    list: (name, sinceMs, after) => through(() => gateway.list(name, sinceMs, after)),
    refund: (id, amount, currency, key) => through(() => gateway.refund(id, amount, currency, key)),
  };
}
