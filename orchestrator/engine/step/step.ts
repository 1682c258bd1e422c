/**
 * The pure step: from a definition, a row and a message to the next row, its journal entry and its messages.
 * It executes nothing and reads no clock.
 */
import type { NoticeData, UndoneData } from '#protocol/contract.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { type ActionData, COMPENSATE } from '../control.ts';
import { contractOf, type Registered, undoOf } from '../definition/definition.ts';
import type { ActionOutcome, Incoming, JournalEntry, SagaRow } from '../saga.ts';
import { applyEvent } from './apply-event.ts';
import { type Correlation, correlate } from './correlate.ts';
import { clearAbout, clearLateSuccess, raiseIncident, raiseLateSuccess } from './incident.ts';
import { whyNotMigrate } from './migrate.ts';
import { takeNotice } from './notices.ts';
import { type Acted, concludeRevoke, takeAction } from './operator-actions.ts';
import { TransitionBuilder } from './transition-builder.ts';
import { finish } from './transition-result.ts';

/** What a message does to a saga. */
export type Step =
  /** It moves: a new row, under the version fence, and one journal entry. */
  | { kind: 'taken'; row: SagaRow; entry: JournalEntry; dueAt: Date | null; outcome?: ActionOutcome }
  /** Unmatched: it changes nothing, and the journal does not record its id. */
  | { kind: 'noted'; reason: string }
  /** The saga refuses an operator's action: only the action's own row changes. */
  | { kind: 'refused'; outcome: ActionOutcome };

/**
 * Takes one message through the machine. Pure; throws only for a defect of the definition.
 * @param definition the version the row runs under; of a migration, its target version
 */
export function step(definition: Registered, row: SagaRow, incoming: Incoming, nowMs: number): Step {
  const { envelope } = incoming;
  const correlation = correlate(definition, row, envelope);
  if (correlation.kind === 'none') return { kind: 'noted', reason: correlation.reason };
  if (correlation.kind === 'refused')
    return {
      kind: 'refused',
      outcome: outcomeOf(row, correlation.action.actionId, 'refused', correlation.detail, nowMs),
    };
  const builder = new TransitionBuilder(definition, row, nowMs, envelope.traceparent ?? row.traceparent);
  const awaitedBefore = Object.keys(builder.awaiting);
  /** The operator's action that this message decides. */
  let decided: { actionId: string; refused: string | null } | null = null;
  if (correlation.kind === 'notice') {
    takeNotice(definition, builder, correlation, envelope.data as NoticeData);
  } else if (correlation.kind === 'late') {
    undoLate(definition, builder, correlation.commandId);
  } else if (correlation.kind === 'action') {
    const { action } = correlation;
    const acted = act(definition, row, builder, action, nowMs);
    if (typeof acted === 'object')
      return { kind: 'refused', outcome: outcomeOf(row, action.actionId, 'refused', acted.refused, nowMs) };
    if (acted === 'done') decided = { actionId: action.actionId, refused: null };
  } else if (correlation.kind === 'reply' && correlation.awaited.kind === 'revoke') {
    decided = takeRevoke(definition, builder, correlation, envelope);
  } else {
    if (correlation.kind === 'timer') builder.spend(correlation.name);
    const isHeld =
      correlation.kind === 'reply' &&
      takeReply(definition, builder, correlation, envelope.type, envelope.data) === 'held';
    if (!isHeld) applyEvent(builder, eventOf(correlation, envelope.type, envelope.data));
  }
  if (builder.state !== row.state) builder.giveUp(awaitedBefore);
  const taken = finish(definition, row, builder, incoming, nowMs);
  if (decided === null) return { kind: 'taken', ...taken };
  const { actionId, refused } = decided;
  const outcome = outcomeOf(
    row,
    actionId,
    refused === null ? 'applied' : 'refused',
    refused ?? describe(taken.entry),
    nowMs,
  );
  return { kind: 'taken', ...taken, outcome };
}

/** Applies an operator's action; compensate and cancel are an event of the machine. */
function act(
  definition: Registered,
  row: SagaRow,
  builder: TransitionBuilder,
  action: ActionData,
  nowMs: number,
): Acted {
  if (action.action === 'migrate') {
    const why = whyNotMigrate(definition, row, action);
    return why === null ? 'done' : { refused: why };
  }
  if (action.action !== 'compensate' && action.action !== 'cancel')
    return takeAction(definition, row, builder, action, nowMs);
  const code = action.action === 'cancel' ? 'cancelled' : 'compensated';
  return applyEvent(builder, { type: COMPENSATE, data: { code, text: action.reason } })
    ? 'done'
    : { refused: `nothing to compensate in ${row.state}` };
}

/** The ids of the commands a transition sends, repeats included. */
export function sentBy(entry: JournalEntry): string[] {
  return [...entry.out.map((sent) => sent.event.id), ...(entry.change.resent ?? [])];
}

function describe(entry: JournalEntry): string {
  const held = entry.change.held ?? [];
  const sent = sentBy(entry).join(', ');
  const holds = held.length > 0 ? `held until it is resumed: ${held.join(', ')}` : '';
  return [sent, holds].filter(Boolean).join('; ') || 'nothing was sent';
}

/** A revoke's answer decides the action that waited for it. */
function takeRevoke(
  definition: Registered,
  builder: TransitionBuilder,
  { commandId, awaited: { type, deferred } }: Extract<Correlation, { kind: 'reply' }>,
  envelope: Envelope,
): { actionId: string; refused: string | null } | null {
  delete builder.awaiting[commandId];
  if (deferred === undefined) return null;
  const isSuccess = envelope.type === contractOf(definition, type).success;
  const found = isSuccess ? ((envelope.data as UndoneData).found[deferred.target] ?? 'not-executed') : null;
  return { actionId: deferred.actionId, refused: concludeRevoke(definition, builder, deferred, found) };
}

/** Undoes a command that succeeded after an undo had found it not executed; an incident is open until then. */
function undoLate(definition: Registered, builder: TransitionBuilder, commandId: string): void {
  const type = builder.givenUp[commandId]?.type ?? '';
  const undo = undoOf(definition, type);
  if (undo === undefined) throw new Error(`${type} has no undo`);
  builder.issueUndo(undo, [commandId], true);
  raiseLateSuccess(builder, `${commandId} succeeded after it was given up and is being undone`);
}

/**
 * Removes the answered command from `awaiting` and records an undo's findings. Its participant cannot undo what a person
 * vouched for, so the undo of a skipped command is done only on evidence.
 * @returns held: the machine does not receive the reply
 */
function takeReply(
  definition: Registered,
  builder: TransitionBuilder,
  correlation: Extract<Correlation, { kind: 'reply' }>,
  type: string,
  data: unknown,
): 'moves' | 'held' {
  const { commandId, awaited } = correlation;
  delete builder.awaiting[commandId];
  if (awaited.kind === 'forward') return 'moves';
  const { type: undo, undoes = [], late } = awaited;
  if (type !== contractOf(definition, undo).success) {
    builder.refusedUndos[commandId] = { type: undo, undoes, ...(late && { late }) };
    raiseIncident(builder, 'undo-refused', `${commandId} was refused`);
    return late ? 'held' : 'moves';
  }
  const { found } = data as UndoneData;
  builder.settle(undoes, found);
  if (late) clearLateSuccess(builder);
  clearAbout(builder, undo);
  const vouchedFor = late ? [] : undoes.filter((id) => builder.skipped?.[id] !== undefined);
  if (vouchedFor.length === 0) return late ? 'held' : 'moves';
  builder.refusedUndos[commandId] = { type: undo, undoes, found };
  const [skipped = ''] = vouchedFor;
  raiseIncident(
    builder,
    'undo-needs-evidence',
    `${skipped} was skipped on evidence ("${builder.skipped?.[skipped]}"): undo it by hand, then skip with the evidence`.slice(
      0,
      1000,
    ),
  );
  return 'held';
}

function eventOf(correlation: Correlation, type: string, data: unknown): { type: string; data?: unknown } {
  return correlation.kind === 'timer' ? { type: correlation.name } : { type, data };
}

function outcomeOf(
  row: SagaRow,
  actionId: string,
  state: ActionOutcome['state'],
  detail: string,
  nowMs: number,
): ActionOutcome {
  return { actionId, sagaId: row.id, state, detail, at: new Date(nowMs) };
}
