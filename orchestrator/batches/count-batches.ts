/** Counts the batches that run and those that stopped themselves, four times a minute, for the metric. */
import { BATCH_STATES_COUNTED, type BatchStore } from '#orchestrator/store/batch-rows.ts';
import type { Logger } from '#platform/process/log.ts';
import { Gauge, registry } from '#platform/process/metrics.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';

const EVERY_MS = 15_000;

const batchesNow = new Gauge({
  name: 'saga_batches',
  help: 'Batches by state: running, or stopped, which waits for a person',
  labelNames: ['state'] as const,
  registers: [registry],
});

/** Begins to count. */
export function keepCounting(store: Pick<BatchStore, 'counts'>, log: Pick<Logger, 'throttled'>): Repetition {
  const count = async () => {
    const counts = await store.counts();
    for (const state of BATCH_STATES_COUNTED) batchesNow.set({ state }, counts[state]);
  };
  return repeat(count, { everyMs: EVERY_MS, log, failed: 'batches-not-counted' });
}
