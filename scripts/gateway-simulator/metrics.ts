/** The simulator's metrics. */
import { Counter, registry } from '#platform/process/metrics.ts';

export const gatewayRequests = new Counter({
  name: 'gateway_simulator_requests_total',
  help: 'Requests to the simulated gateway, by how they were answered',
  labelNames: ['status'] as const,
  registers: [registry],
});
