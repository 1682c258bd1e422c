/** The preview of an action: `step` is pure, so it is simply run, and what it would send is shown. */
import { type ActionData, actionEnvelope } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import type { SagaRow, Sent, Status } from '#engine/saga.ts';
import { step } from '#engine/step/step.ts';
import { incoming, type WayAhead, wayAhead } from './remaining.ts';

/** A message an action would send. */
export interface PlannedMessage {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  /** Sent before under this id, and now once more. */
  readonly again: boolean;
  readonly data: unknown;
}

/** What would come of an action. */
export type Plan =
  | {
      readonly outcome: 'applies';
      readonly state: string;
      readonly status: Status;
      readonly sends: readonly PlannedMessage[];
      /** Ids of what would be held back, for the saga is paused. */
      readonly holds: readonly string[];
      /** Commands sent again, to be read from the journal: their version and id. */
      readonly again: ReadonlyArray<{ readonly version: number; readonly commandId: string }>;
      readonly afterwards: WayAhead;
    }
  | { readonly outcome: 'refused' | 'waits'; readonly detail: string };

/** Runs an action against a row. Pure. */
export function planOf(definition: Registered, row: SagaRow, action: ActionData, nowMs: number): Plan {
  const result = step(definition, row, incoming(actionEnvelope(row.id, action, nowMs)), nowMs);
  if (result.kind === 'refused') return { outcome: 'refused', detail: result.outcome.detail };
  if (result.kind === 'noted')
    return { outcome: 'waits', detail: 'it waits until the saga has been started' };
  const { entry, row: after } = result;
  return {
    outcome: 'applies',
    state: after.state,
    status: after.status,
    sends: entry.out.map((sent) => toPlanned(sent, false)),
    holds: entry.change.held ?? [],
    again: (entry.change.resent ?? []).flatMap((commandId) => {
      const awaited = row.pending.awaiting[commandId];
      return awaited === undefined ? [] : [{ version: awaited.version, commandId }];
    }),
    afterwards: wayAhead(definition, after, nowMs),
  };
}

/** A message as a plan shows it. */
export function toPlanned({ topic, event }: Sent, again: boolean): PlannedMessage {
  return { id: event.id, type: event.type, topic, again, data: event.data };
}
