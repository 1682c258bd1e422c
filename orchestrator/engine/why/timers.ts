/** Causes of a saga that awaits no command: a timer, or nothing at all. */
import { timerDue } from '../recovery/step-deadlines.ts';
import type { Cause } from './cause.ts';
import type { Observations } from './observations.ts';
import { clock, span } from './phrases.ts';
import { engineProgress } from './queues.ts';

/** Of a live saga whose engines live: it waits for its next timer, or for nothing. */
export function timerCause(seen: Observations): Cause {
  const { row, definition, sweepState, nowMs } = seen;
  const timers = Object.entries(row.pending.timers).map(([name, timer]) => ({
    name: /^xstate\.after\.(\w+)\./.exec(name)?.[1] ?? name,
    dueAt: definition === null ? timer.at : timerDue(definition, row.pending, sweepState.sent ?? {}, timer),
  }));
  const [next] = timers.toSorted((a, b) => a.dueAt - b.dueAt);
  if (next === undefined)
    return {
      code: 'waits-for-nothing',
      clauses: [
        `waits in ${row.state} for nothing: it awaits no reply and no timer, and no incident says why`,
      ],
      evidence: { state: row.state, stateSince: row.stateSince.toISOString() },
      nextSteps: [
        { text: 'see how it came there', command: `saga history ${row.id}` },
        { text: 'take it back', command: `saga compensate ${row.id} --reason …` },
      ],
      halts: true,
    };
  const evidence = { timer: next.name, dueAt: new Date(next.dueAt).toISOString() };
  if (next.dueAt > nowMs)
    return {
      code: 'waits-for-timer',
      clauses: [
        `waits in ${row.state} until ${clock(next.dueAt, nowMs)}, when its timer ${next.name} is due`,
      ],
      evidence,
      nextSteps: [],
      halts: false,
    };
  const unread = engineProgress(seen)?.unread ?? 0;
  return {
    code: 'timer-due',
    clauses: [
      `waits in ${row.state}: its timer ${next.name} was due ${span(nowMs - next.dueAt)} ago`,
      'a sweeper fires it once the engines have read every reply that was there by then',
    ],
    evidence: { ...evidence, unreadByEngines: unread },
    nextSteps: [],
    halts: false,
  };
}
