/** The delay before a crashed process is restarted. */
import { type Backoff, backoffMs } from '#platform/batching/retry.ts';

const RESTART: Backoff = { firstMs: 500, maxMs: 10_000 };
const HEALTHY_AFTER_MS = 30_000;

/** The crashes in a row, this one included: a life of thirty seconds ends a row. @param aliveMs how long the process lived */
export function crashesInARow(before: number, aliveMs: number): number {
  return aliveMs >= HEALTHY_AFTER_MS ? 1 : before + 1;
}

/** Half a second, doubled at each crash in a row up to ten seconds. @param crashes in a row, from 1 on */
export function restartDelayMs(crashes: number): number {
  return backoffMs(crashes - 1, RESTART);
}
