/** Counts the active sagas four times a minute, and sets the gauges of their number, age and incidents. */

import type { Counted, GaugeStore } from '#orchestrator/store/gauge-store.ts';
import type { Logger } from '#platform/process/log.ts';
import { Gauge, registry } from '#platform/process/metrics.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';

const registers = [registry];
const sagasActive = new Gauge({
  name: 'saga_active',
  help: 'Active sagas by state',
  labelNames: ['state'] as const,
  registers,
});
const sagasStuckNow = new Gauge({
  name: 'saga_stuck',
  help: 'Stuck sagas (each needs an operator), by state',
  labelNames: ['state'] as const,
  registers,
});
const sagasStalledNow = new Gauge({
  name: 'saga_stalled',
  help: 'Stalled sagas (longer in their state than normal, without an error), by state',
  labelNames: ['state'] as const,
  registers,
});
const sagasPausedNow = new Gauge({ name: 'saga_paused', help: 'Paused sagas', registers });
const compensationsFailedNow = new Gauge({
  name: 'saga_compensation_failures_open',
  help: 'Sagas with an undo that was refused, not answered in time, or no longer holds (each needs an operator), by state',
  labelNames: ['state'] as const,
  registers,
});
const oldestActive = new Gauge({
  name: 'saga_oldest_active_seconds',
  help: 'Age of the oldest active saga; 0 without one',
  registers,
});

const EVERY_MS = 15_000;

/** Sets the gauges. States without sagas have no series. */
export function setGauges(counted: readonly Counted[], nowMs: number): void {
  for (const gauge of [sagasActive, sagasStuckNow, sagasStalledNow, compensationsFailedNow]) gauge.reset();
  for (const { state, active, stuck, stalled, uncompensated } of counted) {
    sagasActive.set({ state }, active);
    sagasStuckNow.set({ state }, stuck);
    sagasStalledNow.set({ state }, stalled);
    if (uncompensated > 0) compensationsFailedNow.set({ state }, uncompensated);
  }
  sagasPausedNow.set(counted.reduce((sum, { paused }) => sum + paused, 0));
  const oldest = Math.min(nowMs, ...counted.map(({ oldestAt }) => oldestAt?.getTime() ?? nowMs));
  oldestActive.set((nowMs - oldest) / 1000);
}

/** Starts counting. */
export function watchGauges(store: GaugeStore, now: () => number, log: Logger): Repetition {
  const count = async () => setGauges(await store.count(), now());
  return repeat(count, { everyMs: EVERY_MS, log, failed: 'sagas-not-counted' });
}
