/**
 * The pure heart: a definition, a row and a message in; the row as it becomes, its journal entry and its messages out.
 * Executes nothing, reads no clock, and alone asks the machine (`transition.ts`).
 */
import type { NoticeData, UndoneData } from '#protocol/contract.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { type ActionData, COMPENSATE } from '../control.ts';
import { contractOf, type Registered, undoOf } from '../definition/definition.ts';
import { toPath, toValue } from '../definition/state-path.ts';
import type { ActionOutcome, Incoming, JournalEntry, SagaRow } from '../saga.ts';
import { type Correlation, correlate } from './correlate.ts';
import { whyNotMigrate } from './migrate.ts';
import { type Acted, concludeRevoke, type Hear, takeAction } from './operator-actions.ts';
import { Draft } from './transition-builder.ts';
import { finish } from './transition-result.ts';

/** What a message does to a saga. */
export type Step =
  /** It moves: a new row, under the version fence, and one journal entry. */
  | { kind: 'taken'; row: SagaRow; entry: JournalEntry; dueAt: Date | null; outcome?: ActionOutcome }
  /** It held no correlation: it changes nothing and does not use up its id. */
  | { kind: 'noted'; reason: string }
  /** A person's action that cannot be done: nothing changes but the action's own row. */
  | { kind: 'refused'; outcome: ActionOutcome };

/**
 * One message through the machine. Pure; throws only for a defect of the definition.
 * @param definition the version the row runs under; of a migration, the one it is moved to
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
  const draft = new Draft(definition, row, nowMs, envelope.traceparent);
  const awaitedBefore = Object.keys(draft.awaiting);
  let state = row.state;
  const hear: Hear = (event) => {
    state = run(definition, row, draft, event);
    return state !== row.state;
  };
  /** The person's action that this message decides. */
  let decided: { actionId: string; refused: string | null } | null = null;
  if (correlation.kind === 'notice') {
    takeNotice(draft, correlation, envelope.data as NoticeData, nowMs);
  } else if (correlation.kind === 'late') {
    undoLate(definition, draft, correlation.commandId);
  } else if (correlation.kind === 'action') {
    const { action } = correlation;
    const acted = act(definition, row, draft, action, hear, nowMs);
    if (typeof acted === 'object')
      return { kind: 'refused', outcome: outcomeOf(row, action.actionId, 'refused', acted.refused, nowMs) };
    if (acted === 'done') decided = { actionId: action.actionId, refused: null };
  } else if (correlation.kind === 'reply' && correlation.awaited.kind === 'revoke') {
    decided = takeRevoke(definition, draft, correlation, envelope, hear);
  } else {
    if (correlation.kind === 'timer') draft.spend(correlation.name);
    if (correlation.kind === 'reply') takeReply(definition, draft, correlation, envelope.type, envelope.data);
    const isLadders = correlation.kind !== 'reply' || !correlation.awaited.late;
    if (isLadders) hear(eventOf(correlation, envelope.type, envelope.data));
  }
  if (state !== row.state) draft.giveUp(awaitedBefore);
  const taken = finish(definition, row, draft, state, incoming, nowMs);
  if (decided === null) return { kind: 'taken', ...taken };
  const { actionId, refused } = decided;
  const outcome = outcomeOf(
    row,
    actionId,
    refused === null ? 'applied' : 'refused',
    refused ?? said(taken.entry),
    nowMs,
  );
  return { kind: 'taken', ...taken, outcome };
}

/** Does an action: its own code, or, for compensate and cancel, the machine's. */
function act(
  definition: Registered,
  row: SagaRow,
  draft: Draft,
  action: ActionData,
  hear: Hear,
  nowMs: number,
): Acted {
  if (action.action === 'migrate') {
    const why = whyNotMigrate(definition, row, action);
    return why === null ? 'done' : { refused: why };
  }
  if (action.action !== 'compensate' && action.action !== 'cancel')
    return takeAction(definition, row, draft, action, hear, nowMs);
  const code = action.action === 'cancel' ? 'cancelled' : 'compensated';
  return hear({ type: COMPENSATE, data: { code, text: action.reason } })
    ? 'done'
    : { refused: `nothing to compensate in ${row.state}` };
}

/** The commands a transition sends, new ones and repeats: what a preview shows and an action's outcome says. */
export function sentBy(entry: JournalEntry): string[] {
  return [...entry.out.map((sent) => sent.event.id), ...(entry.change.resent ?? [])];
}

function said(entry: JournalEntry): string {
  const held = entry.change.held ?? [];
  const sent = sentBy(entry).join(', ');
  const holds = held.length > 0 ? `held until it is resumed: ${held.join(', ')}` : '';
  return [sent, holds].filter(Boolean).join('; ') || 'nothing was sent';
}

/** The answer to a void decides the action that waited for it. */
function takeRevoke(
  definition: Registered,
  draft: Draft,
  { commandId, awaited: { type, deferred } }: Extract<Correlation, { kind: 'reply' }>,
  envelope: Envelope,
  hear: Hear,
): { actionId: string; refused: string | null } | null {
  delete draft.awaiting[commandId];
  if (deferred === undefined) return null;
  const isSuccess = envelope.type === contractOf(definition, type).success;
  const found = isSuccess ? ((envelope.data as UndoneData).found[deferred.target] ?? 'not-executed') : null;
  return { actionId: deferred.actionId, refused: concludeRevoke(definition, draft, deferred, found, hear) };
}

/** Failure is said: remembered, and when the command was parked a person is needed. */
function takeNotice(
  draft: Draft,
  correlation: Extract<Correlation, { kind: 'notice' }>,
  data: NoticeData,
  nowMs: number,
): void {
  draft.lastFailure = {
    at: new Date(nowMs).toISOString(),
    commandId: correlation.commandId,
    code: data.code,
    text: data.text,
  };
  if (correlation.notice === 'parked') draft.markStuck('parked', `${correlation.commandId}: ${data.text}`);
}

/** The success of a command that was found void: that one command is undone, and the saga stuck until it is. */
function undoLate(definition: Registered, draft: Draft, commandId: string): void {
  const type = draft.givenUp[commandId]?.type ?? '';
  const undo = undoOf(definition, type);
  if (undo === undefined) throw new Error(`${type} has no undo`);
  draft.issueUndo(undo, [commandId], true);
  draft.markLate(`${commandId} succeeded after it was given up and is being undone`);
}

/** Takes a reply's correlation, and what an undo's answer says. */
function takeReply(
  definition: Registered,
  draft: Draft,
  correlation: Extract<Correlation, { kind: 'reply' }>,
  type: string,
  data: unknown,
): void {
  const { commandId, awaited } = correlation;
  delete draft.awaiting[commandId];
  if (awaited.kind === 'forward') return;
  const { type: undo, undoes = [], late } = awaited;
  if (type === contractOf(definition, undo).success) {
    draft.settle(undoes, (data as UndoneData).found);
    if (late) draft.lateUndone();
  } else {
    draft.refusedUndos[commandId] = { type: undo, undoes, ...(late && { late }) };
    draft.markStuck('undo-refused', `${commandId} was refused`);
  }
}

function eventOf(correlation: Correlation, type: string, data: unknown): { type: string; data?: unknown } {
  return correlation.kind === 'timer' ? { type: correlation.name } : { type, data };
}

/** Asks the machine, and does to the draft what its actions, as data, ask for. Returns the state it is in. */
function run(
  definition: Registered,
  row: SagaRow,
  draft: Draft,
  event: { type: string; data?: unknown },
): string {
  const after = definition.transition(toValue(row.state), draft.context, event);
  const state = toPath(after.value);
  if (state !== row.state) draft.clearStuck();
  draft.context = after.context as Record<string, unknown>;
  for (const action of after.actions as readonly Asked[]) perform(draft, action);
  return state;
}

/** What the machine may ask for: data, which `register` has checked by name. */
type Asked =
  | { readonly type: 'issue'; readonly params: { readonly command: string } }
  | { readonly type: 'publish'; readonly params: { readonly event: string } }
  | { readonly type: 'markStuck'; readonly params: { readonly code: string } }
  // XState's own, for `after`: a timer to arm, a timer to drop.
  | { readonly type: 'xstate.raise'; readonly params: { readonly id: string; readonly delay: number } }
  | { readonly type: 'xstate.cancel'; readonly params: { readonly sendId: string } };

function perform(draft: Draft, action: Asked): void {
  if (action.type === 'issue') draft.issue(action.params.command);
  else if (action.type === 'publish') draft.publish(action.params.event);
  else if (action.type === 'markStuck') draft.markStuck(action.params.code);
  else if (action.type === 'xstate.raise') draft.arm(action.params.id, action.params.delay);
  else if (action.type === 'xstate.cancel') delete draft.timers[action.params.sendId];
  else throw new Error(`the machine asked for ${JSON.stringify(action)}, which the engine does not know`);
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
