/** The metrics of every HTTP server. */
import { Counter, Histogram, registry, SECONDS } from '../process/metrics.ts';

export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of HTTP requests, by method, route and status',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: SECONDS,
  enableExemplars: true,
  registers: [registry],
});

export const forwardedIgnored = new Counter({
  name: 'http_forwarded_headers_ignored_total',
  help: 'Requests whose forwarded address was ignored, because no trusted proxy sent it',
  registers: [registry],
});

export const rateLimited = new Counter({
  name: 'http_rate_limited_total',
  help: 'Requests refused by a rate limit, by what was counted',
  labelNames: ['by'] as const,
  registers: [registry],
});
