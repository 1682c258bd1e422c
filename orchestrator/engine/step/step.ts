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
import { type Brakes, NO_BRAKES } from './brakes.ts';
import { type Correlation, correlate } from './correlate.ts';
import { clearAbout, clearLateSuccess, raiseIncident, raiseLateSuccess } from './incident.ts';
import { whyNotMigrate } from './migrate.ts';
import { takeNotice } from './notices.ts';
import { type Acted, concludeRevoke, takeAction } from './operator-actions.ts';
import { resume } from './pause.ts';
import { PLAN_CHANGED, planHash } from './plan-hash.ts';
import { TransitionBuilder } from './transition-builder.ts';
import { finish } from './transition-result.ts';

/** What a message does to a saga. */
export type Step =
  /** It moves: a new row, under the version fence, and one journal entry. */
  | {
      kind: 'taken';
      row: SagaRow;
      entry: JournalEntry;
      dueAt: Date | null;
      outcome?: ActionOutcome;
      plan?: string;
    }
  /** Unmatched: it changes nothing, and the journal does not record its id. */
  | { kind: 'noted'; reason: string }
  /** The saga refuses an operator's action: only the action's own row changes. */
  | { kind: 'refused'; outcome: ActionOutcome };

/**
 * Takes one message through the machine. Pure; throws only for a defect of the definition.
 * @param definition the version the row runs under; of a migration, its target version
 * @param brakes those in force: a command that one holds is not sent
 */
export function step(
  definition: Registered,
  row: SagaRow,
  incoming: Incoming,
  nowMs: number,
  brakes: Brakes = NO_BRAKES,
): Step {
  const { envelope } = incoming;
  const correlation = correlate(definition, row, envelope);
  if (correlation.kind === 'none') return { kind: 'noted', reason: correlation.reason };
  if (correlation.kind === 'refused')
    return {
      kind: 'refused',
      outcome: outcomeOf(row, correlation.action.actionId, 'refused', correlation.detail, nowMs),
    };
  const builder = new TransitionBuilder(
    definition,
    row,
    nowMs,
    envelope.traceparent ?? row.traceparent,
    brakes,
  );
  const awaitedBefore = Object.keys(builder.awaiting);
  /** The operator's action that this message decides. */
  let decided: Decided | null = null;
  /** The hash of the action's plan, as it is carried out. */
  let plan: string | undefined;
  if (correlation.kind === 'notice') {
    takeNotice(definition, builder, correlation, envelope.data as NoticeData);
  } else if (correlation.kind === 'late') {
    undoLate(definition, builder, correlation.commandId);
  } else if (correlation.kind === 'action') {
    const { action } = correlation;
    const acted = act(definition, row, builder, action, nowMs);
    if (typeof acted === 'object')
      return { kind: 'refused', outcome: outcomeOf(row, action.actionId, 'refused', acted.refused, nowMs) };
    leave(definition, row, builder, awaitedBefore, nowMs);
    plan = planHash(action, builder, incoming.started);
    if (action.planHash !== undefined && action.planHash !== plan)
      return { kind: 'refused', outcome: outcomeOf(row, action.actionId, 'refused', PLAN_CHANGED, nowMs) };
    if (acted === 'done') decided = { actionId: action.actionId, refused: null, planHash: plan };
    else builder.notePlan(action.actionId, plan);
  } else if (correlation.kind === 'reply' && correlation.awaited.kind === 'revoke') {
    decided = takeRevoke(definition, builder, correlation, envelope);
  } else {
    if (correlation.kind === 'timer') builder.spend(correlation.name);
    const isHeld =
      correlation.kind === 'reply' &&
      takeReply(definition, builder, correlation, envelope.type, envelope.data) === 'held';
    if (!isHeld) applyEvent(builder, eventOf(correlation, envelope.type, envelope.data));
  }
  // Of an action it is done before its plan is known.
  if (plan === undefined) leave(definition, row, builder, awaitedBefore, nowMs);
  const taken = { ...finish(definition, row, builder, incoming, nowMs), ...(plan !== undefined && { plan }) };
  if (decided === null) return { kind: 'taken', ...taken };
  const { actionId, refused, planHash: carriedOut } = decided;
  if (refused !== null)
    return { kind: 'taken', ...taken, outcome: outcomeOf(row, actionId, 'refused', refused, nowMs) };
  const applied = outcomeOf(row, actionId, 'applied', describe(taken.entry), nowMs);
  const outcome = { ...applied, ...(carriedOut !== undefined && { planHash: carriedOut }) };
  return { kind: 'taken', ...taken, outcome };
}

/** Gives up what the state left unanswered, and with it a brake that holds nothing else. */
function leave(
  definition: Registered,
  row: SagaRow,
  builder: TransitionBuilder,
  awaitedBefore: readonly string[],
  nowMs: number,
): void {
  if (builder.state !== row.state) builder.giveUp(awaitedBefore);
  if (isBrakeIdle(builder)) resume(definition, builder, nowMs);
}

/** Whether a brake pauses the saga and holds nothing of it any more: a cancelled order need not wait for the brake's release. */
function isBrakeIdle({ brake, held, awaiting }: TransitionBuilder): boolean {
  return brake !== undefined && !held.some(({ event }) => awaiting[event.id]?.type === brake.command);
}

/** An operator's action that a message decides. */
interface Decided {
  readonly actionId: string;
  /** Why not; null: it is applied. */
  readonly refused: string | null;
  /** The plan by which it was begun. */
  readonly planHash?: string | undefined;
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
): Decided | null {
  delete builder.awaiting[commandId];
  if (deferred === undefined) return null;
  const isSuccess = envelope.type === contractOf(definition, type).success;
  const found = isSuccess ? ((envelope.data as UndoneData).found[deferred.target] ?? 'not-executed') : null;
  const { actionId, planHash: begunBy } = deferred;
  return { actionId, refused: concludeRevoke(definition, builder, deferred, found), planHash: begunBy };
}

/** Undoes a command that succeeded after an undo had found it not executed; an incident is open until then. */
function undoLate(definition: Registered, builder: TransitionBuilder, commandId: string): void {
  const type = builder.givenUp[commandId]?.type ?? '';
  const undo = undoOf(definition, type);
  if (undo === undefined) throw new Error(`${type} has no undo`);
  builder.issueUndo(undo, [commandId], true);
  raiseLateSuccess(builder, `${commandId} succeeded after it was given up and is being undone`, commandId);
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
    raiseIncident(builder, 'undo-refused', `${commandId} was refused`, commandId);
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
    commandId,
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
