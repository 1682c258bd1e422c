/** A saga's history, oldest first: transitions, unmatched messages, resends, and actions without effect. Pure. */

import { ACTION, type ActionData, TIMER } from '#engine/control.ts';
import { resendsOf, type SweepState } from '#engine/sweep-state.ts';
import type { ActionRow } from '#orchestrator/store/action-store.ts';
import type { HistoryEntry, UnmatchedRow } from '#orchestrator/store/view-store.ts';
import type { View } from '#platform/http/schemas.ts';
import { actionView } from './action.ts';
import type { historyEvent } from './history-schema.ts';

type Event = View<typeof historyEvent>;

/** Shows only the envelope of events: their data may be personal. */
export function historyView(
  sagaId: string,
  found: {
    readonly journal: readonly HistoryEntry[];
    readonly unmatched: readonly UnmatchedRow[];
    readonly actions: readonly ActionRow[];
    readonly sweepState: SweepState;
  },
): Event[] {
  const events: Event[] = [
    ...found.journal.map(transition),
    ...found.unmatched.map(({ firstAt, ...unmatched }) => ({
      kind: 'unmatched' as const,
      at: firstAt,
      ...unmatched,
    })),
    ...resendsOf(found.sweepState, sagaId).map(({ at, commandId }) => ({
      kind: 'resend' as const,
      at: new Date(at),
      commandId,
    })),
    ...found.actions
      .filter(({ state }) => state !== 'applied')
      .map((row) => ({ kind: 'action' as const, at: row.createdAt, ...actionView(row) })),
  ];
  // The sort is stable: entries of one instant keep the journal's order.
  return events.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function transition(entry: HistoryEntry): Event {
  const { version, at, type, fromState, toState, message, change, out } = entry;
  const { context, stuck, lastFailure, resent, gaveUp, paused, held, skipped, edited, migrated } = change;
  return {
    kind: 'transition' as const,
    at,
    version,
    type,
    from: fromState,
    to: toState,
    received: {
      id: message.id,
      source: message.source,
      time: message.time,
      ...(message.commandid !== undefined && { commandId: message.commandid }),
      ...(isInternal(message) && { data: withoutParams(message) }),
    },
    ...(type === ACTION && whoAndWhy(message.data)),
    change: {
      ...(context !== undefined && { context }),
      ...(stuck !== undefined && { stuck }),
      ...(lastFailure !== undefined && { lastFailure }),
      ...(gaveUp !== undefined && { gaveUp }),
      ...(paused !== undefined && { paused }),
      ...(held !== undefined && { held }),
      ...(skipped !== undefined && { skipped }),
      ...(edited !== undefined && { edited }),
      ...(migrated !== undefined && { migrated }),
    },
    sent: [
      ...out.map(({ topic, event }) => ({ id: event.id, type: event.type, topic, again: false })),
      ...(resent ?? []).map((id) => ({ id, again: true })),
    ],
  };
}

/** Whether a message is a reply, a notice, a timer or an action: their data hold nothing personal beyond `params`. */
function isInternal({ type, commandid }: HistoryEntry['message']): boolean {
  return commandid !== undefined || type === TIMER || type === ACTION;
}

/** Leaves the parameters out: they may hold an address. `edited` shows the names of corrected fields. */
function withoutParams({ type, data }: HistoryEntry['message']): unknown {
  if (type !== ACTION) return data;
  const { params: _, ...rest } = data as ActionData;
  return rest;
}

function whoAndWhy(data: unknown) {
  const { actionId, action, actor, reason } = data as ActionData;
  return { actionId, action, actor, reason };
}
