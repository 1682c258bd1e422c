/** The auditor's metrics. */
import { Counter, Gauge, Histogram, registry, SECONDS } from '#platform/process/metrics.ts';

const registers = [registry];

export const violations = new Gauge({
  name: 'ledger_violations',
  help: 'Violations known now, by invariant',
  labelNames: ['invariant'] as const,
  registers,
});
export const checkedAt = new Gauge({
  name: 'ledger_checked_timestamp_seconds',
  help: 'Start of the last check of everything that ended, by invariant, s since 1970; 0: none has ended yet',
  labelNames: ['invariant'] as const,
  registers,
});
export const checkSeconds = new Histogram({
  name: 'ledger_check_seconds',
  help: 'Duration of the checks: of a slice of the orders, or of a whole table’s rule',
  buckets: SECONDS,
  registers,
});
export const ordersChecked = new Counter({
  name: 'ledger_orders_checked_total',
  help: 'Orders checked, each time anew',
  registers,
});

/** Registers the age of the oldest check. @param ageSeconds none of the orders' last checks is older */
export function gaugeOldest(ageSeconds: () => number): void {
  new Gauge({
    name: 'ledger_oldest_slice_seconds',
    help: 'The age of the oldest check: every order was checked within this time, or since the auditor started',
    registers,
    collect() {
      this.set(ageSeconds());
    },
  });
}
