/** For tests that write moves to a store: a taken step as the engine chains it. */
import { type ChainedEntry, chainEntry } from '../journal-chain.ts';
import { toMessage } from '../redelivery.ts';
import { SagaRun } from './saga-run.ts';

/** The entry of the last step, chained to the saga before it, and the saga that bears the entry's hash. */
export function chained(
  before: SagaRun,
  { definition, row, nowMs, taken, message, brakes }: SagaRun,
): { run: SagaRun; entry: ChainedEntry } {
  const entry = chainEntry(before.row, taken.entry, taken.entry.out.map(toMessage));
  return {
    run: new SagaRun(
      definition,
      { ...row, ...(entry.hash !== null && { journalHash: entry.hash }) },
      nowMs,
      taken,
      message,
      brakes,
    ),
    entry,
  };
}
