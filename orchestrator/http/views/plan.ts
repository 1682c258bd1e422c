/** Previews an action by running the pure `step` on a copy of the saga. */
import { type ActionData, actionEnvelope } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import type { SagaRow, Sent, Status } from '#engine/saga.ts';
import { startFirst } from '#engine/step/start-first.ts';
import { step } from '#engine/step/step.ts';
import { incoming, type WayAhead, wayAhead } from './remaining.ts';

export interface PlannedMessage {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  /** The same bytes were sent before. */
  readonly again: boolean;
  readonly data: unknown;
}

/** The effect of an action. */
export type Plan =
  | {
      readonly outcome: 'applies';
      readonly state: string;
      readonly status: Status;
      readonly sends: readonly PlannedMessage[];
      /** Ids of messages the pause would hold back. */
      readonly holds: readonly string[];
      /** Commands to send again: the journal holds their bytes under this version and id. */
      readonly again: ReadonlyArray<{ readonly version: number; readonly commandId: string }>;
      readonly afterwards: WayAhead;
    }
  | { readonly outcome: 'refused' | 'waits'; readonly detail: string };

/** Previews an action on a row. Pure. */
export function planOf(definition: Registered, row: SagaRow, action: ActionData, nowMs: number): Plan {
  const message = incoming(actionEnvelope(row.id, action, nowMs));
  const first = startFirst(definition, row, message, nowMs);
  const result = step(definition, first?.start.row ?? row, first?.action ?? message, nowMs);
  if (result.kind === 'refused') return { outcome: 'refused', detail: result.outcome.detail };
  if (result.kind === 'noted')
    return { outcome: 'waits', detail: 'it waits until an engine starts the saga' };
  const { entry, row: after } = result;
  const started = first?.start.entry.out ?? [];
  return {
    outcome: 'applies',
    state: after.state,
    status: after.status,
    sends: [...started, ...entry.out].map((sent) => toPlanned(sent, false)),
    holds: entry.change.held ?? [],
    again: (entry.change.resent ?? []).flatMap((commandId) => {
      const awaited = row.pending.awaiting[commandId];
      return awaited === undefined ? [] : [{ version: awaited.version, commandId }];
    }),
    afterwards: wayAhead(definition, after, nowMs),
  };
}

export function toPlanned({ topic, event }: Sent, again: boolean): PlannedMessage {
  return { id: event.id, type: event.type, topic, again, data: event.data };
}
