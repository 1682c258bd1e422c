/** Differences and their summary as text. */

import type { Difference } from '#engine/replay.ts';
import { printable } from '#platform/process/printable.ts';
import type { Summary } from './replay-all.ts';

const WIDTHS = { saga: 36, at: 4, type: 26, from: 32 };

/** The head of the table. */
export function headLine(): string {
  return columns('SAGA', 'AT', 'ON', 'IN', 'WAS → WOULD BE');
}

/**
 * One saga: where it first differs, the recorded step and the new one. Rows are printed as they are found, so widths
 * are fixed.
 */
export function lineOf({ sagaId, version, type, fromState, was, wouldBe }: Difference): string {
  return columns(sagaId, String(version), type, fromState, `${was} → ${wouldBe}`);
}

/** How it came out, in a line or two. */
export function summaryText({ replayed, differ, unknown }: Summary, tookMs: number): string {
  const sagas = `${replayed} ${replayed === 1 ? 'saga' : 'sagas'} replayed in ${(tookMs / 1000).toFixed(1)} s`;
  const skipped = Object.entries(unknown).map(
    ([version, many]) => `${many} not replayed: this code does not know ${version}`,
  );
  return [
    `${sagas}: ${differ === 0 ? 'none differs' : `${differ} would have gone another way`}`,
    ...skipped,
  ].join('\n');
}

function columns(saga: string, at: string, type: string, from: string, what: string): string {
  const { saga: s, at: a, type: t, from: f } = WIDTHS;
  return printable(`${saga.padEnd(s)}  ${at.padStart(a)}  ${type.padEnd(t)}  ${from.padEnd(f)}  ${what}`);
}
