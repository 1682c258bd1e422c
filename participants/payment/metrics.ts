/** What the payment process counts. */
import { Gauge, Histogram, registry } from '#platform/process/metrics.ts';

const registers = [registry];

export const gatewayCalls = new Histogram({
  name: 'payment_gateway_call_seconds',
  help: 'Calls to the gateway, by call and by how they ended (ok, refused, or the lastFailure)',
  labelNames: ['call', 'outcome'] as const,
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60],
  registers,
});
export const untriedIntents = new Gauge({
  name: 'payment_untried_intents',
  help: 'Intents that wait for their first try, as last counted; above the bound nothing is fetched',
  registers,
});
