/** Wraps a gateway in a time-out and a circuit breaker. */
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import type { Logger } from '#platform/process/log.ts';
import { type Gateway, GatewayOutage, meansOutage } from '../gateway.ts';
import { gatewayCalls } from '../metrics.ts';

/** Consecutive failures that open the circuit. */
const BREAK_AFTER = 20;
/** How long the circuit stays open; then one call tests the gateway. */
export const BREAK_MS = 5_000;
/** The adapter's own time-out counts silence, so a call may take longer while bytes trickle in. */
const TIMEOUT_MARGIN_MS = 2_000;

/**
 * The same gateway behind a time-out and a circuit breaker.
 * @param options.timeoutMs the adapter's own time-out
 */
export function guarded(gateway: Gateway, options: { timeoutMs: number; log: Logger }): Gateway {
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof TaskCancelledError || meansOutage(error)),
    { halfOpenAfter: BREAK_MS, breaker: new ConsecutiveBreaker(BREAK_AFTER) },
  );
  breaker.onBreak(() => options.log.warn('gateway-out-of-service', { ms: BREAK_MS }));
  breaker.onReset(() => options.log.info('gateway-back'));
  const policy = wrap(
    breaker,
    timeout(options.timeoutMs + TIMEOUT_MARGIN_MS, {
      strategy: TimeoutStrategy.Aggressive,
      abortOnReturn: false,
    }),
  );

  async function through<T>(name: keyof Gateway, call: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    let outcome = 'ok';
    try {
      // Calls that waited for the one that tests the gateway would all follow it at once.
      if (breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
      return await policy.execute(call);
    } catch (caught) {
      const error = toOutage(caught);
      outcome = error instanceof GatewayOutage ? error.outage : 'refused';
      throw error;
    } finally {
      gatewayCalls.observe({ call: name, outcome }, (performance.now() - startedAt) / 1000);
    }
  }

  return {
    create: (payment, key) => through('create', () => gateway.create(payment, key)),
    retrieve: (id) => through('retrieve', () => gateway.retrieve(id)),
    confirm: (...values) => through('confirm', () => gateway.confirm(...values)),
    cancel: (id, key) => through('cancel', () => gateway.cancel(id, key)),
    moneyOf: (id) => through('moneyOf', () => gateway.moneyOf(id)),
    list: (name, sinceMs, after) => through('list', () => gateway.list(name, sinceMs, after)),
    refund: (id, amount, currency, key) => through('refund', () => gateway.refund(id, amount, currency, key)),
  };
}

function toOutage(error: unknown): unknown {
  if (error instanceof BrokenCircuitError) {
    return new GatewayOutage('gateway-paused', 'the gateway is out of service, no call was made', {
      cause: error,
    });
  }
  if (error instanceof TaskCancelledError) {
    return new GatewayOutage('gateway-timed-out', 'no answer from the gateway', { cause: error });
  }
  return error;
}
