/** The metrics of payment's worker. */
import { Gauge, Histogram, registry } from '#platform/process/metrics.ts';

const registers = [registry];

export const gatewayCalls = new Histogram({
  name: 'payment_gateway_call_seconds',
  help: 'Duration of calls to the gateway, by call and outcome (ok, refused, or the cause of the outage)',
  labelNames: ['call', 'outcome'] as const,
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60],
  registers,
});
export const gatewayRate = new Gauge({
  name: 'payment_gateway_calls_per_second',
  help: 'The pace of calls to the gateway, as last read; 0 without a limit',
  registers,
});
export const callsWaiting = new Gauge({
  name: 'payment_gateway_calls_waiting',
  help: 'Calls that wait for their turn in the pace to the gateway',
  registers,
});
export const untriedIntents = new Gauge({
  name: 'payment_untried_intents',
  help: 'Intents without a first attempt, as last counted; over the bound the consumer pauses',
  registers,
});
