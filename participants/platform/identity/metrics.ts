/** Metrics of tokens and keys. */
import { Counter, registry } from '../process/metrics.ts';

export const keyReads = new Counter({
  name: 'identity_key_reads_total',
  help: 'Reads of an OpenID Connect issuer’s keys, by outcome',
  labelNames: ['outcome'] as const,
  registers: [registry],
});

export const tokensRefused = new Counter({
  name: 'identity_tokens_refused_total',
  help: 'Bearer tokens of OpenID Connect issuers, and API keys, that were refused, by reason',
  labelNames: ['reason'] as const,
  registers: [registry],
});
