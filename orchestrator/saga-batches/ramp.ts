/**
 * Decides the next wave of a batch of sagas from how the earlier ones ended: first a single saga, then growing waves, then the
 * batch's rate; and stops the batch where too many of a wave failed again. Pure.
 */
import type { StopReason, WaveCount } from '#orchestrator/store/batch-rows.ts';
import { FAILED_AGAIN, isGood } from './outcomes.ts';

/** The sizes of the first waves. Each waits for the end of the one before, and the next size for one that ended well. */
export const FIRST_WAVES = [1, 2, 5, 20] as const;
/** Sagas that have not ended, at the full rate: those of so many seconds, and never more than are watched in a round. */
const OPEN_SECONDS = 5;
const OPEN_MAX = 500;

export interface Ramp {
  readonly perSecond: number;
  /** A wave of which a greater share fails again stops the batch: 0.2 is a fifth. */
  readonly stopShare: number;
}

/** A wave as a whole. */
interface Wave {
  readonly size: number;
  readonly open: number;
  readonly good: number;
  readonly failed: readonly WaveCount[];
}

/**
 * How many waiting sagas the next wave takes, 0 for none yet, or why the batch stops.
 * @param waiting sagas that are not acted on yet; without any there is nothing to stop
 * @param counts the waves since the batch began or was resumed, in their order
 */
export function nextWave(
  { perSecond, stopShare }: Ramp,
  waiting: number,
  counts: readonly WaveCount[],
  nowMs: number,
): number | StopReason {
  if (waiting === 0) return 0;
  const waves = [...Map.groupBy(counts, ({ wave }) => wave).values()].map(waveOf);
  for (const [nth, wave] of waves.entries()) {
    const failed = sum(wave.failed);
    if (failed > wave.size * stopShare) return reasonOf(wave, failed, nth + 1, nowMs);
  }
  const open = waves.reduce((total, wave) => total + wave.open, 0);
  const grown = waves.filter((wave) => wave.open === 0 && wave.good > 0).length;
  const first = FIRST_WAVES[grown];
  if (first !== undefined) return open > 0 ? 0 : Math.min(first, perSecond);
  return Math.max(0, Math.min(perSecond, Math.min(OPEN_SECONDS * perSecond, OPEN_MAX) - open));
}

function waveOf(counts: readonly WaveCount[]): Wave {
  return {
    size: sum(counts),
    open: sum(counts.filter(({ state }) => state === 'watched')),
    good: sum(counts.filter(({ state, outcome }) => state === 'ended' && isGood(outcome))),
    failed: counts.filter(({ outcome }) => outcome === FAILED_AGAIN),
  };
}

function sum(counts: readonly WaveCount[]): number {
  return counts.reduce((total, { items }) => total + items, 0);
}

function reasonOf({ size, failed: counts }: Wave, failed: number, wave: number, nowMs: number): StopReason {
  const most = counts.reduce((a, b) => (b.items > a.items ? b : a));
  const { fingerprint, example } = most;
  const how = fingerprint === null ? '' : `, ${most.items} with ${fingerprint}`;
  const text = `Wave ${wave}: ${failed} of ${size} failed again${how}; for example ${example}`;
  return { wave, failed, of: size, fingerprint, example, text, at: nowMs };
}
