/** Retention's metrics. */
import { Counter, Gauge, registry } from '#platform/process/metrics.ts';

export const rowsDeleted = new Counter({
  name: 'retention_rows_deleted_total',
  help: 'Rows that retention deleted, those of dropped months included, by kind',
  labelNames: ['kind'] as const,
  registers: [registry],
});
export const monthsDropped = new Counter({
  name: 'retention_months_dropped_total',
  help: 'Months that retention dropped, by kind',
  labelNames: ['kind'] as const,
  registers: [registry],
});
export const monthsHeld = new Gauge({
  name: 'retention_months_held',
  help: 'Months older than configured that stay, because a row in one of them still lives; by kind',
  labelNames: ['kind'] as const,
  registers: [registry],
});
export const customersErased = new Counter({
  name: 'retention_customers_erased_total',
  help: 'Customers whose personal data was erased on request',
  registers: [registry],
});
export const lastRound = new Gauge({
  name: 'retention_last_round_timestamp_seconds',
  help: 'When the last round of retention ended without an error, s since 1970; 0 before the first',
  registers: [registry],
});
export const roundInterval = new Gauge({
  name: 'retention_round_interval_seconds',
  help: 'How often a round begins (RETENTION_EVERY_MS)',
  registers: [registry],
});
