/** A saga's history, oldest first: transitions, unmatched and repeated messages, resends, and actions without effect. Pure. */

import { ACTION, type ActionData } from '#engine/control.ts';
import { REPEAT } from '#engine/redelivery.ts';
import { resendsOf, type SweepState } from '#engine/sweep-state.ts';
import type { ActionRow } from '#orchestrator/store/action-rows.ts';
import type { HistoryEntry, UnmatchedRow } from '#orchestrator/store/view-store.ts';
import type { View } from '#platform/http/schemas.ts';
import { actionView } from './action.ts';
import { brakedView } from './brakes.ts';
import type { historyEvent } from './history-schema.ts';
import { type PatchOperation, patchOf } from './json-diff.ts';
import { isInternal, type Reader, visibleData, withoutParams } from './message-data.ts';

type Event = View<typeof historyEvent>;
type Context = Readonly<Record<string, unknown>>;

/** What a history is made of. */
export interface FoundHistory {
  readonly journal: readonly HistoryEntry[];
  readonly unmatched: readonly UnmatchedRow[];
  readonly actions: readonly ActionRow[];
  readonly sweepState: SweepState;
  /** The context before the first entry of `journal`; null: it is unknown, and so is its first difference. */
  readonly contextBefore: Context | null;
}

/**
 * Shows only the envelope of events: their data may be personal.
 * @param reader shows the data of every message as far as this reader may see it; null: only that of replies, timers and actions
 */
export function historyView(sagaId: string, found: FoundHistory, reader: Reader | null = null): Event[] {
  const patches = patchesOf(found.journal, found.contextBefore);
  const events: Event[] = [
    ...found.journal.map((entry, i) => transition(entry, patches[i], reader)),
    ...found.unmatched.map((row) => unmatchedOrRepeat(row, found.journal, reader)),
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

/** The change of context of each entry; undefined where there is none, or the context before is unknown. */
function patchesOf(
  journal: readonly HistoryEntry[],
  contextBefore: Context | null,
): Array<readonly PatchOperation[] | undefined> {
  let before = contextBefore;
  return journal.map(({ change: { context } }) => {
    if (context === undefined) return undefined;
    const patch = before === null ? undefined : patchOf(before, context);
    before = context;
    return patch;
  });
}

function unmatchedOrRepeat(
  row: UnmatchedRow,
  journal: readonly HistoryEntry[],
  reader: Reader | null,
): Event {
  const { messageId, type, reason, firstAt: at, lastAt, count, message } = row;
  const data = reader === null ? {} : visibleData(message, reader);
  if (reason !== REPEAT) return { kind: 'unmatched', at, messageId, type, reason, lastAt, count, ...data };
  const taken = journal.find((entry) => entry.message.id === messageId);
  const version = taken === undefined ? {} : { version: taken.version };
  return { kind: 'repeat', at, messageId, type, lastAt, count, ...version, ...data };
}

function transition(
  entry: HistoryEntry,
  contextPatch: readonly PatchOperation[] | undefined,
  reader: Reader | null,
): Event {
  const { version, at, type, fromState, toState, message, change, out } = entry;
  const { context, stuck, lastFailure, resent, gaveUp, paused, braked, held, skipped, edited, migrated } =
    change;
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
      ...(reader !== null && {
        origin: {
          topic: entry.originTopic,
          partition: entry.originPartition,
          offset: Number(entry.originOffset),
        },
        ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
        ...visibleData(message, reader),
      }),
      ...(reader === null && isInternal(message) && { data: withoutParams(message) }),
    },
    ...(type === ACTION && whoAndWhy(message.data)),
    change: {
      ...(context !== undefined && { context }),
      ...(contextPatch !== undefined && { contextPatch }),
      ...(stuck !== undefined && { stuck }),
      ...(lastFailure !== undefined && { lastFailure }),
      ...(gaveUp !== undefined && { gaveUp }),
      ...(paused !== undefined && { paused }),
      ...(braked !== undefined && { braked: brakedView(braked) }),
      ...(held !== undefined && { held }),
      ...(skipped !== undefined && { skipped }),
      ...(edited !== undefined && { edited }),
      ...(migrated !== undefined && { migrated }),
    },
    sent: [
      ...out.map(({ topic, event }) => ({
        id: event.id,
        type: event.type,
        topic,
        again: false,
        ...(reader !== null && {
          ...(event.deadline !== undefined && { deadline: event.deadline }),
          ...visibleData(event, reader),
        }),
      })),
      ...(resent ?? []).map((id) => ({ id, again: true })),
    ],
    ...(entry.hash !== null && { hash: entry.hash }),
    ...(entry.erasedBy !== null && { erasedBy: entry.erasedBy }),
  };
}

function whoAndWhy(data: unknown) {
  const { actionId, action, actor, reason } = data as ActionData;
  return { actionId, action, actor, reason };
}
