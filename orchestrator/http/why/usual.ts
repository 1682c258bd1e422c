/**
 * How long sagas usually stay in each state. Measured once a minute from a sample; of the last hour the calmest minute counts, so that a
 * backlog does not become what is usual.
 */
import type { UsualDuration } from '#engine/why/observations.ts';
import type { WhyStore } from '#orchestrator/store/why-store.ts';
import type { Logger } from '#platform/process/log.ts';
import { repeat } from '#platform/process/repeat.ts';

const EVERY_MS = 60_000;
/** Measurements kept: an hour of them. */
const KEPT = 60;
/** A measurement of fewer samples counts only where there is no better one. */
const ENOUGH = 20;

type Durations = Readonly<Record<string, UsualDuration>>;

export interface Usual {
  readonly durations: Durations;
  /** Measures now. */
  measure(): Promise<void>;
  close(): Promise<void>;
}

/** Begins to measure. */
export function watchUsual(store: Pick<WhyStore, 'usual'>, now: () => number, log: Logger): Usual {
  let measured: readonly Durations[] = [];
  let calmest: Durations = {};
  const measure = async () => {
    measured = [...measured, await store.usual(now())].slice(-KEPT);
    calmest = calmestOf(measured);
  };
  const measuring = repeat(measure, { everyMs: EVERY_MS, log, failed: 'usual-not-measured' });
  return {
    get durations() {
      return calmest;
    },
    measure: measuring.run,
    close: measuring.close,
  };
}

/** Of each state the measurement with the shortest median, of those with samples enough. */
function calmestOf(measured: readonly Durations[]): Durations {
  const states = new Set(measured.flatMap((one) => Object.keys(one)));
  return Object.fromEntries(
    [...states].map((state) => {
      const all = measured.flatMap((one) => one[state] ?? []);
      const good = all.filter(({ samples }) => samples >= ENOUGH);
      const [best] = (good.length > 0 ? good : all).toSorted((a, b) => a.p50Ms - b.p50Ms);
      return [state, best as UsualDuration];
    }),
  );
}
