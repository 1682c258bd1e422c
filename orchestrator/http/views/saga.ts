/** The operators' views of a saga. Pure. */

import { contractOf, type Registered } from '#engine/definition/definition.ts';
import { timerDue } from '#engine/recovery/step-deadlines.ts';
import { type Failure, inputOf, type SagaRow } from '#engine/saga.ts';
import { type SentState, type SweepState, stalledNow } from '#engine/sweep-state.ts';
import type { ListedSaga } from '#orchestrator/store/list-sagas.ts';
import type { HistoryEntry, SweptSaga } from '#orchestrator/store/view-store.ts';
import type { View } from '#platform/http/schemas.ts';
import { traceIdOf } from '#protocol/trace.ts';
import type { ListedColumns } from '../listed-columns.ts';
import { brakedView } from './brakes.ts';
import { wayAhead } from './remaining.ts';
import type { listedSaga, sagaAnswer } from './saga-schema.ts';

type SagaView = Omit<View<typeof sagaAnswer>, 'why'>;
type Fields = SagaView['order'];

function linksOf(id: string): SagaView['links'] {
  const self = `/v1/sagas/${id}`;
  return {
    self,
    history: `${self}/history`,
    why: `${self}/why`,
    actions: `${self}/actions`,
    order: `/v1/orders/${id}`,
  };
}

/** `definition` is null when this process does not run the row's version: the fields that need the machine are null then. */
export function sagaView(
  { row, sweepState }: SweptSaga,
  journal: readonly HistoryEntry[],
  definition: Registered | null,
  options: { seesInput: boolean; nowMs: number },
): SagaView {
  const stall = stalledNow(row, sweepState);
  const { steps, ...end } = definition === null ? { steps: null } : wayAhead(definition, row, options.nowMs);
  return {
    sagaId: row.id,
    definition: row.definition,
    definitionVersion: row.definitionVersion,
    customerId: row.customerId,
    status: row.status,
    state: row.state,
    stateSince: row.stateSince,
    stuck: row.stuck !== null,
    incident: row.stuck,
    stalled: stall !== null,
    ...(stall !== null && { stalledSince: new Date(stall.since) }),
    lastFailure: row.lastFailure,
    paused: row.paused,
    ...(row.pending.brake !== undefined && { brake: brakedView(row.pending.brake) }),
    ...(row.pending.pausedAt !== undefined && { pausedAt: new Date(row.pending.pausedAt) }),
    holds: (row.pending.held ?? []).map(({ event }) => event.id),
    skipped: row.pending.skipped ?? {},
    createdAt: row.createdAt,
    endedAt: row.endedAt,
    version: row.version,
    revision: row.revision,
    waitsFor: definition === null ? null : waitsFor(definition, row, sweepState),
    timers: definition === null ? null : timers(definition, row, sweepState),
    stepsDone: definition === null ? null : stepsDone(definition, row, journal),
    stepsRemaining: steps,
    endsAs: end,
    context: row.context,
    order: options.seesInput ? (inputOf(row) as Fields) : shownOf(definition, inputOf(row)),
    edited: Object.keys(row.pending.edited ?? {}),
    traceId: traceIdOf(row.id, row.traceparent),
    links: linksOf(row.id),
  };
}

export function etagOf({ revision }: Pick<SagaRow, 'revision'>): string {
  return `"${revision}"`;
}

/** `columns` come from the saga's input; nothing else of it is listed. */
export function listedView(listed: ListedSaga, columns: ListedColumns): View<typeof listedSaga> {
  const { id, stuck, lastFailure, stalledSince, input: _, ...rest } = listed;
  return {
    sagaId: id,
    ...rest,
    ...columns,
    stuck: stuck !== null,
    stalled: stalledSince !== null,
    ...(stalledSince !== null && { stalledSince: new Date(stalledSince) }),
    ...(stuck !== null && { incident: { since: stuck.since, code: stuck.code, ...groupOf(stuck) } }),
    ...(lastFailure !== null && {
      lastFailure: { at: lastFailure.at, code: lastFailure.code, ...groupOf(lastFailure) },
    }),
    links: { self: linksOf(id).self },
  };
}

/** Whose failure it is, and the group of failures like it, if its build has stored them. */
function groupOf({ participant, fingerprint }: Pick<Failure, 'participant' | 'fingerprint'>) {
  return {
    ...(participant !== undefined && { participant }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

/** Viewers see of the input the fields its definition shows, and nothing where this process lacks the definition. */
function shownOf(definition: Registered | null, input: unknown): Fields {
  return definition?.shown.safeParse(input).data ?? {};
}

const UNSEEN: SentState = {
  endOffset: null,
  readAt: null,
  unread: true,
  nextAt: null,
  resentAt: [],
  attempts: 0,
};

function waitsFor(definition: Registered, row: SagaRow, sweepState: SweepState): SagaView['waitsFor'] {
  return Object.entries(row.pending.awaiting).map(([commandId, { type, kind, issuedAt, undoes }]) => {
    const seen = sweepState.sent?.[commandId] ?? UNSEEN;
    const spec = definition.commands[type];
    return {
      commandId,
      type,
      kind,
      participant: spec?.contract.name,
      since: new Date(issuedAt),
      read: seen.readAt !== null,
      readAt: toDate(seen.readAt),
      attempts: 1 + seen.attempts,
      resentAt: seen.resentAt.map((ms) => new Date(ms)),
      nextResendAt: toDate(seen.nextAt),
      ...(spec?.expires && { deadline: new Date(issuedAt + definition.scheduleToCloseMs) }),
      ...(undoes !== undefined && { undoes }),
    };
  });
}

/** `dueAt` holds now: while a command is unread its step's clock has not started, and only schedule-to-close counts. */
function timers(definition: Registered, row: SagaRow, sweepState: SweepState): SagaView['timers'] {
  const { awaiting, pausedAt } = row.pending;
  const unread = Object.keys(awaiting).some((id) => (sweepState.sent?.[id]?.readAt ?? null) === null);
  return Object.entries(row.pending.timers).map(([name, timer]) => {
    const dueMs = timerDue(definition, row.pending, sweepState.sent ?? {}, timer);
    // As a resume counts: a timer that was set during the pause has all of its time left.
    const stoodFrom = Math.max(pausedAt ?? 0, timer.at - timer.delayMs);
    return {
      name: /^xstate\.after\.(\w+)\./.exec(name)?.[1] ?? name,
      generation: timer.generation,
      delayMs: timer.delayMs,
      dueAt: new Date(dueMs),
      ...(pausedAt !== undefined && { leftMs: Math.max(0, Math.round(dueMs - stoodFrom)) }),
      waitsToBeRead: unread,
    };
  });
}

/** The answered commands, in the order of their replies. */
function stepsDone(
  definition: Registered,
  row: SagaRow,
  journal: readonly HistoryEntry[],
): SagaView['stepsDone'] {
  const issued = new Map(
    journal.flatMap(({ out }) => out.map(({ event }) => [event.id, event.type] as const)),
  );
  return journal.flatMap(({ message, at }) => {
    const { commandid: commandId = '', type: answer } = message;
    const type = issued.get(commandId);
    if (type === undefined || definition.commands[type] === undefined || !definition.replies.has(answer))
      return [];
    const { success } = contractOf(definition, type);
    return [{ commandId, type, answer, succeeded: answer === success, at, late: at > (row.endedAt ?? at) }];
  });
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
