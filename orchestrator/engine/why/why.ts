/**
 * Names why a saga is where it is: one cause of the closed list with its evidence, as one sentence, and the causes beside it. Pure.
 *
 * The order of the causes is their precedence: whoever holds a saga, or the lack of what would move it, comes before what it
 * would otherwise wait for.
 */
import type { Cause } from './cause.ts';
import { commandCauses } from './commands.ts';
import { endedCause } from './ended.ts';
import { pausedCause, waitingActionCause } from './held.ts';
import { incidentCause, letterCause } from './incidents.ts';
import { brokersCause, engineCause, standstillCause, startCause } from './movers.ts';
import type { Observations } from './observations.ts';
import { timerCause } from './timers.ts';

export interface Why {
  readonly cause: Cause;
  /** What would hold it up without the cause, or does so besides. */
  readonly besides: readonly Cause[];
}

const BESIDES_MAX = 5;

/** Names the cause. */
export function whyOf(seen: Observations): Why {
  const ended = endedCause(seen);
  if (ended !== null) return { cause: ended, besides: [] };
  const found = [
    pausedCause(seen),
    incidentCause(seen),
    engineCause(seen),
    letterCause(seen),
    brokersCause(seen),
    ...waits(seen),
    waitingActionCause(seen),
  ].filter((one) => one !== null);
  const [cause = timerCause(seen), ...besides] = found;
  return { cause, besides: distinct(cause, besides).slice(0, BESIDES_MAX) };
}

/** What a saga waits for that nobody holds. */
function waits(seen: Observations): Array<Cause | null> {
  if (seen.definition === null || seen.row.paused) return [];
  if (seen.row.version === 0) return [standstillCause(seen), startCause(seen)];
  const commands = commandCauses(seen);
  // Under an incident its cause is named already.
  if (commands.length > 0) return seen.row.stuck === null ? commands : commands.filter(({ halts }) => halts);
  return seen.row.stuck === null ? [standstillCause(seen), timerCause(seen)] : [];
}

function distinct(first: Cause, others: readonly Cause[]): Cause[] {
  const codes = new Set([first.code]);
  return others.filter(({ code }) => !codes.has(code) && codes.add(code));
}

/** The cause as one sentence, with more clauses after its own. */
export function sentenceOf({ clauses }: Cause, ...more: readonly string[]): string {
  const sentence = [...clauses, ...more].join('; ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
