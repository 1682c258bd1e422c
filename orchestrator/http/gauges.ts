/** Counts live sagas every now and then, for the gauges: how many, where, how old, and how many need a person. */
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

/** The live sagas of one state. */
export interface Counted {
  readonly state: string;
  readonly active: number;
  readonly stuck: number;
  readonly stalled: number;
  readonly paused: number;
  readonly oldestAt: Date | null;
}

export interface GaugeStore {
  count(): Promise<Counted[]>;
}

/** Sets the gauges to what was counted; a state without sagas is 0 by its absence. */
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

/** Begins to count. */
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
      log.throttled('gauges', 'the sagas could not be counted', { error: messageOf(error) });
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
