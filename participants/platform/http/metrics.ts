/** The metrics of every HTTP server. */
import { Histogram, registry, SECONDS } from '../process/metrics.ts';

export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of HTTP requests, by method, route and status',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: SECONDS,
  enableExemplars: true,
  registers: [registry],
});
