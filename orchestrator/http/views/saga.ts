/** A saga as the people who run it see it: where it stands, what it waits for, what is done and what is to come. Pure. */

import { contractOf, type Registered } from '#engine/definition/definition.ts';
import { timerDue } from '#engine/recovery/step-deadlines.ts';
import { inputOf, type SagaRow } from '#engine/saga.ts';
import { type SentState, type SweepState, stalledNow } from '#engine/sweep-state.ts';
import type { OrderInput } from '#orchestrator/sagas/order/input.ts';
import type { ListedSaga } from '#orchestrator/store/list-sagas.ts';
import type { HistoryEntry, SweptSaga } from '#orchestrator/store/view-store.ts';
import type { View } from '#platform/http/schemas.ts';
import { wayAhead } from './remaining.ts';
import type { listedSaga, sagaAnswer } from './saga-schema.ts';

type SagaView = View<typeof sagaAnswer>;

/** The links of a saga. */
function linksOf(id: string): SagaView['links'] {
  const self = `/v1/sagas/${id}`;
  return { self, history: `${self}/history`, actions: `${self}/actions`, order: `/v1/orders/${id}` };
}

/** The view. `definition` is null when this process does not know the row's version: what needs the machine is left out. */
export function sagaView(
  { row, sweepState }: SweptSaga,
  journal: readonly HistoryEntry[],
  definition: Registered | null,
  options: { seesOrder: boolean; nowMs: number },
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
    order: orderOf(inputOf(row) as OrderInput, options.seesOrder),
    edited: Object.keys(row.pending.edited ?? {}),
    links: linksOf(row.id),
  };
}

/** What a person names a saga by, as they saw it. */
export function etagOf({ revision }: Pick<SagaRow, 'revision'>): string {
  return `"${revision}"`;
}

/** A saga in a list. */
export function listedView(listed: ListedSaga): View<typeof listedSaga> {
  const { id, stuck, lastFailure, stalledSince, ...rest } = listed;
  return {
    sagaId: id,
    ...rest,
    stuck: stuck !== null,
    stalled: stalledSince !== null,
    ...(stalledSince !== null && { stalledSince: new Date(stalledSince) }),
    ...(stuck !== null && { incident: { since: stuck.since, code: stuck.code } }),
    ...(lastFailure !== null && { lastFailure: { at: lastFailure.at, code: lastFailure.code } }),
    links: { self: linksOf(id).self },
  };
}

/** Viewers see what was ordered, but neither where it goes, beyond the country, nor how it is paid. */
function orderOf(order: OrderInput, seesAll: boolean): SagaView['order'] {
  const { payment: _, shippingAddress, ...rest } = order;
  return seesAll ? order : { ...rest, shippingAddress: { country: shippingAddress.country } };
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

/** `dueAt` is what holds now: while a command is unread its clock has not started, and only the second limit counts. */
function timers(definition: Registered, row: SagaRow, sweepState: SweepState): SagaView['timers'] {
  const { awaiting } = row.pending;
  const unread = Object.keys(awaiting).some((id) => (sweepState.sent?.[id]?.readAt ?? null) === null);
  return Object.entries(row.pending.timers).map(([name, timer]) => ({
    name: /^xstate\.after\.(\w+)\./.exec(name)?.[1] ?? name,
    generation: timer.generation,
    delayMs: timer.delayMs,
    dueAt: new Date(timerDue(definition, row.pending, sweepState.sent ?? {}, timer)),
    waitsToBeRead: unread,
  }));
}

/** The commands that were answered, in the order of their answers. */
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
