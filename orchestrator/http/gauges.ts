/** Counts the active sagas four times a minute, and sets the gauges of their number, age and incidents. */

import type { Counted, GaugeStore } from '#orchestrator/store/gauge-store.ts';
import type { Logger } from '#platform/process/log.ts';
import { Gauge, registry } from '#platform/process/metrics.ts';
import { messageOf } from '#protocol/errors.ts';

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
const oldestActive = new Gauge({
  name: 'saga_oldest_active_seconds',
  help: 'Age of the oldest active saga; 0 without one',
  registers,
});

const EVERY_MS = 15_000;

/** Sets the gauges. States without sagas have no series. */
export function setGauges(counted: readonly Counted[], nowMs: number): void {
  for (const gauge of [sagasActive, sagasStuckNow, sagasStalledNow]) gauge.reset();
  for (const { state, active, stuck, stalled } of counted) {
    sagasActive.set({ state }, active);
    sagasStuckNow.set({ state }, stuck);
    sagasStalledNow.set({ state }, stalled);
  }
  sagasPausedNow.set(counted.reduce((sum, { paused }) => sum + paused, 0));
  const oldest = Math.min(nowMs, ...counted.map(({ oldestAt }) => oldestAt?.getTime() ?? nowMs));
  oldestActive.set((nowMs - oldest) / 1000);
}

/** Starts counting. */
export function watchGauges(
  store: GaugeStore,
  now: () => number,
  log: Logger,
): { close: () => Promise<void> } {
  let counting: Promise<void> | null = null;
  const count = async () => {
    try {
      setGauges(await store.count(), now());
    } catch (error) {
      log.throttled('gauges', 'sagas-not-counted', { error: messageOf(error) });
    }
    counting = null;
  };
  const tick = () => {
    counting ??= count();
  };
  tick();
  const timer = setInterval(tick, EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await counting;
    },
  };
}
