/** The metrics of payment's worker. */
import { Counter, Gauge, Histogram, registry } from '#platform/process/metrics.ts';

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
  help: 'The pace of calls to the gateway, as last read, the slow start after an outage included; 0 without a limit',
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
export const moneyIncidents = new Counter({
  name: 'payment_incidents_total',
  help: 'Incidents about money that payment has published, by code: any needs an operator',
  labelNames: ['code'] as const,
  registers,
});
export const reconciliationDifferences = new Counter({
  name: 'payment_reconciliation_differences_total',
  help: 'Payments in which the gateway’s lists and the ledger differed; each was read again and written',
  registers,
});
export const reconciledAt = new Gauge({
  name: 'payment_reconciled_timestamp_seconds',
  help: 'When the gateway’s lists were last compared with the ledger completely, s since 1970; 0 before the first time',
  registers,
});
export const webhookEvents = new Counter({
  name: 'payment_webhook_events_total',
  help: 'Webhook requests, by outcome: inspected, not-ours, ignored, later, bad-signature, too-large',
  labelNames: ['outcome'] as const,
  registers,
});
