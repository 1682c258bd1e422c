/** Starts a saga for an action that arrives before its start event, so that no action has to wait for that event. */
import { ACTION, type ActionData } from '../control.ts';
import type { Registered } from '../definition/definition.ts';
import { startEnvelope } from '../definition/start-message.ts';
import type { Incoming, SagaRow } from '../saga.ts';
import { type Brakes, NO_BRAKES } from './brakes.ts';
import { type Step, step } from './step.ts';

/** A start, and the action that follows it. */
export interface StartedFirst {
  readonly start: Extract<Step, { kind: 'taken' }>;
  /** The action on the started saga: its author saw the saga before the start, and means the saga as it starts. */
  readonly action: Incoming;
}

/**
 * The start of an unstarted saga that an action addresses; null for any other message. The row alone makes the start event,
 * the same as the published one, which is a repeat when it arrives. The action and the start event travel on different
 * topics: an engine may read the action minutes before the event, and a cancellation set aside might then come too late.
 */
export function startFirst(
  definition: Registered,
  row: SagaRow,
  incoming: Incoming,
  nowMs: number,
  brakes: Brakes = NO_BRAKES,
): StartedFirst | null {
  const { envelope, origin } = incoming;
  if (row.version !== 0 || envelope.type !== ACTION) return null;
  const event = { envelope: startEnvelope(definition, row), origin };
  const start = stepOrNull(definition, row, event, nowMs, brakes);
  if (start?.kind !== 'taken') return null;
  const data = envelope.data as ActionData;
  const revision = data.revision === row.revision ? start.row.revision : data.revision;
  const action = { origin, envelope: { ...envelope, data: { ...data, revision } }, started: start.entry.out };
  return { start, action };
}

/** A start that throws leaves the action waiting: the engine parks the start event itself, and raises the incident. */
function stepOrNull(...start: Parameters<typeof step>): Step | null {
  try {
    return step(...start);
  } catch {
    return null;
  }
}
