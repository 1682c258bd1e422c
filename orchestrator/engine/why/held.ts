/** Causes that a person made: a pause, a brake, an action on its way. */
import type { Cause } from './cause.ts';
import type { HoldingBrake, Observations } from './observations.ts';
import { clock, counted, number, quoted, span } from './phrases.ts';

/** Null: it is not paused. */
export function pausedCause({ row, brake, before, pausedBy, nowMs }: Observations): Cause | null {
  if (!row.paused) return null;
  const holds = (row.pending.held ?? []).map(({ event }) => event.id.replace(`${row.id}/`, ''));
  const since = row.pending.pausedAt ?? row.stateSince.getTime();
  const evidence = { pausedAt: new Date(since).toISOString(), holds: holds.join(', ') };
  if (row.pending.brake !== undefined)
    return brakeCause(row.pending.brake, brake, before.onBrake, { since, nowMs, evidence });
  const who = pausedBy === null ? 'a person' : pausedBy.actor;
  const reason = pausedBy === null ? [] : [`the reason given is “${quoted(pausedBy.reason)}”`];
  return {
    code: 'paused-by-person',
    clauses: [
      `paused by ${who} for ${span(nowMs - since)}`,
      ...reason,
      holds.length === 0 ? 'it holds nothing back' : `it holds ${holds.join(', ')} back`,
    ],
    evidence: {
      ...evidence,
      pausedBy: pausedBy?.actor ?? null,
      reason: pausedBy?.reason ?? null,
    },
    nextSteps: [{ text: 'resume it', command: `saga resume ${row.id} --reason …` }],
    halts: true,
  };
}

function brakeCause(
  { id, command }: { id: string; command: string },
  brake: HoldingBrake | null,
  before: number,
  { since, nowMs, evidence }: { since: number; nowMs: number; evidence: Cause['evidence'] },
): Cause {
  const more = {
    ...evidence,
    brakeId: id,
    command,
    setBy: brake?.setBy ?? null,
    reason: brake?.reason ?? null,
    releasedAt: brake?.releasedAt?.toISOString() ?? null,
    perSecond: brake?.perSecond ?? null,
    before,
  };
  const held = `held before ${command} for ${span(nowMs - since)}`;
  if (brake?.releasedAt != null)
    return {
      code: 'brake-releasing',
      clauses: [
        held,
        `its brake was released at ${clock(brake.releasedAt.getTime(), nowMs)} and resumes ${number(brake.perSecond ?? 0)} a second`,
        `${counted(before, 'saga')} come before it`,
      ],
      evidence: more,
      nextSteps: [],
      halts: false,
    };
  return {
    code: 'held-by-brake',
    clauses: [
      held,
      brake === null
        ? 'by a brake'
        : `by the brake that ${brake.setBy} set at ${clock(brake.setAt.getTime(), nowMs)}: “${quoted(brake.reason)}”`,
    ],
    evidence: more,
    nextSteps: [
      { text: 'see what the brake holds', command: `saga brake get ${id}` },
      { text: 'release it at a rate', command: `saga brake release ${id} --rps … --reason …` },
    ],
    halts: true,
  };
}

/** Null: no action of it waits for an engine. */
export function waitingActionCause({ waitingAction, row, nowMs }: Observations): Cause | null {
  if (waitingAction === null) return null;
  const { action, actor, at } = waitingAction;
  return {
    code: 'action-waiting',
    clauses: [`${action} by ${actor} waits for an engine since ${clock(at.getTime(), nowMs)}`],
    evidence: { action, actor, requestedAt: at.toISOString() },
    nextSteps: [{ text: 'follow it', command: `saga watch ${row.id}` }],
    halts: false,
  };
}
