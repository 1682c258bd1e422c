/** Metrics of tokens and keys. */
import { Counter, Gauge, registry } from '../process/metrics.ts';

export const keyReads = new Counter({
  name: 'identity_key_reads_total',
  help: 'Reads of an OpenID Connect issuer’s keys, by outcome',
  labelNames: ['outcome'] as const,
  registers: [registry],
});

export const keysReadAt = new Gauge({
  name: 'identity_keys_read_timestamp_seconds',
  help: 'When an OpenID Connect issuer’s keys were last read, s since 1970; 0: never',
  labelNames: ['issuer'] as const,
  registers: [registry],
});

export const tokensRefused = new Counter({
  name: 'identity_tokens_refused_total',
  help: 'Bearer tokens of OpenID Connect issuers, API keys, and tokens ended early, that were refused, by reason',
  labelNames: ['reason'] as const,
  registers: [registry],
});
