/** Shows the plan of a batch of sagas: what it moves together, some sagas with their messages, and the hash. */
import { printableIn } from '#platform/process/printable.ts';
import { table } from './output.ts';

/** Sagas that a person reads. */
const SHOWN = 20;

export interface SagaBatchPlan {
  readonly action: string;
  readonly sagas: number;
  readonly messages: number;
  readonly totals: ReadonlyArray<{ readonly kind: string; readonly effect: string; readonly text: string }>;
  readonly isComplete: boolean;
  readonly impossible: ReadonlyArray<{
    readonly why: string;
    readonly sagas: number;
    readonly examples: readonly string[];
  }>;
  readonly from: number;
  readonly listed: ReadonlyArray<{
    readonly number: number;
    readonly sagaId: string;
    readonly state: string;
    readonly next: { readonly state: string };
    readonly sends: ReadonlyArray<{ readonly id: string; readonly again: boolean }>;
    readonly holds: readonly string[];
  }>;
  readonly sagaIds: readonly string[];
  readonly perSecond: number;
  readonly planHash: string;
}

/** A plan as text; empty where no saga matches. */
export function sagaBatchText(given: SagaBatchPlan): string {
  const plan = printableIn(given);
  const { action, sagas, messages, totals, impossible, isComplete, listed, from, perSecond } = plan;
  if (sagas === 0 && impossible.length === 0) return '';
  const shown = listed.slice(0, SHOWN);
  const last = from - 1 + shown.length;
  const parts = [
    sagas === 0
      ? ''
      : `${action} on ${sagas} sagas, first one, then more, at most ${perSecond} a second: it sends ${messages} messages.`,
    totals.length === 0
      ? ''
      : table(
          ['MOVES', '', 'AT MOST'],
          totals.map(({ kind, effect, text }) => [kind, effect, text]),
        ),
    shown.length === 0 ? '' : lines(shown),
    last < sagas ? `and ${sagas - last} more: -o json, or saga batch plan … --from ${last + 1}` : '',
    ...impossible.map(
      ({ why, sagas: count, examples }) => `Not on ${count}: ${why} (such as ${examples[0] ?? ''})`,
    ),
    isComplete ? '' : 'More sagas match: these are the oldest.',
    sagas === 0 ? '' : `Plan ${plan.planHash}`,
  ];
  return parts.filter(Boolean).join('\n');
}

function lines(listed: SagaBatchPlan['listed']): string {
  return table(
    ['', 'SAGA', 'STATE', 'THEN', 'SENDS'],
    listed.map(({ number, sagaId, state, next, sends, holds }) => [
      String(number),
      sagaId,
      state,
      next.state === state ? '' : next.state,
      [
        ...sends.map(({ id, again }) => shortOf(id, sagaId) + (again ? ' again' : '')),
        ...holds.map((id) => `holds ${shortOf(id, sagaId)}`),
      ].join(', '),
    ]),
  );
}

/** A message's id without its saga's. */
function shortOf(id: string, sagaId: string): string {
  return id.startsWith(`${sagaId}/`) ? id.slice(sagaId.length + 1) : id;
}
