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
import { type Ticket, ticketFor } from './correlate.ts';
import { whyNotMigrate } from './migrate.ts';
import { type Acted, concludeVoid, type Hear, takeAction } from './operator-actions.ts';
import { Draft } from './transition-builder.ts';
import { finish } from './transition-result.ts';

/** What a message does to a saga. */
export type Step =
  /** It moves: a new row, under the version fence, and one journal entry. */
  | { kind: 'taken'; row: SagaRow; entry: JournalEntry; lookAt: Date | null; outcome?: ActionOutcome }
  /** It held no ticket: it changes nothing and does not use up its id. */
  | { kind: 'noted'; reason: string }
  /** A person's action that cannot be done: nothing changes but the action's own row. */
  | { kind: 'refused'; outcome: ActionOutcome };

/**
 * One message through the machine. Pure; throws only for a defect of the definition.
 * @param definition the version the row runs under; of a migration, the one it is moved to
 */
export function step(definition: Registered, row: SagaRow, incoming: Incoming, nowMs: number): Step {
  const { envelope } = incoming;
  const ticket = ticketFor(definition, row, envelope);
  if (ticket.kind === 'none') return { kind: 'noted', reason: ticket.reason };
  if (ticket.kind === 'refused')
    return {
      kind: 'refused',
      outcome: outcomeOf(row, ticket.action.actionId, 'refused', ticket.detail, nowMs),
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
  if (ticket.kind === 'notice') {
    takeNotice(draft, ticket, envelope.data as NoticeData, nowMs);
  } else if (ticket.kind === 'late') {
    undoLate(definition, draft, ticket.commandId);
  } else if (ticket.kind === 'action') {
    const { action } = ticket;
    const acted = act(definition, row, draft, action, hear, nowMs);
    if (typeof acted === 'object')
      return { kind: 'refused', outcome: outcomeOf(row, action.actionId, 'refused', acted.refused, nowMs) };
    if (acted === 'done') decided = { actionId: action.actionId, refused: null };
  } else if (ticket.kind === 'reply' && ticket.awaited.kind === 'void') {
    decided = takeVoid(definition, draft, ticket, envelope, hear);
  } else {
    if (ticket.kind === 'timer') draft.spend(ticket.name);
    if (ticket.kind === 'reply') takeReply(definition, draft, ticket, envelope.type, envelope.data);
    const isLadders = ticket.kind !== 'reply' || !ticket.awaited.late;
    if (isLadders) hear(eventOf(ticket, envelope.type, envelope.data));
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
function takeVoid(
  definition: Registered,
  draft: Draft,
  { commandId, awaited: { type, pending } }: Extract<Ticket, { kind: 'reply' }>,
  envelope: Envelope,
  hear: Hear,
): { actionId: string; refused: string | null } | null {
  delete draft.awaiting[commandId];
  if (pending === undefined) return null;
  const isSuccess = envelope.type === contractOf(definition, type).success;
  const found = isSuccess ? ((envelope.data as UndoneData).found[pending.target] ?? 'void') : null;
  return { actionId: pending.actionId, refused: concludeVoid(definition, draft, pending, found, hear) };
}

/** Trouble is said: remembered, and when the command was parked a person is needed. */
function takeNotice(
  draft: Draft,
  ticket: Extract<Ticket, { kind: 'notice' }>,
  data: NoticeData,
  nowMs: number,
): void {
  draft.trouble = {
    at: new Date(nowMs).toISOString(),
    commandId: ticket.commandId,
    code: data.code,
    text: data.text,
  };
  if (ticket.notice === 'parked') draft.markStuck('parked', `${ticket.commandId}: ${data.text}`);
}

/** The success of a command that was found void: that one command is undone, and the saga stuck until it is. */
function undoLate(definition: Registered, draft: Draft, commandId: string): void {
  const type = draft.givenUp[commandId]?.type ?? '';
  const undo = undoOf(definition, type);
  if (undo === undefined) throw new Error(`${type} has no undo`);
  draft.issueUndo(undo, [commandId], true);
  draft.markLate(`${commandId} succeeded after it was given up and is being undone`);
}

/** Takes a reply's ticket, and what an undo's answer says. */
function takeReply(
  definition: Registered,
  draft: Draft,
  ticket: Extract<Ticket, { kind: 'reply' }>,
  type: string,
  data: unknown,
): void {
  const { commandId, awaited } = ticket;
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

function eventOf(ticket: Ticket, type: string, data: unknown): { type: string; data?: unknown } {
  return ticket.kind === 'timer' ? { type: ticket.name } : { type, data };
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
  | { readonly type: 'publish'; readonly params: { readonly fact: string } }
  | { readonly type: 'markStuck'; readonly params: { readonly code: string } }
  // XState's own, for `after`: a timer to arm, a timer to drop.
  | { readonly type: 'xstate.raise'; readonly params: { readonly id: string; readonly delay: number } }
  | { readonly type: 'xstate.cancel'; readonly params: { readonly sendId: string } };

function perform(draft: Draft, action: Asked): void {
  if (action.type === 'issue') draft.issue(action.params.command);
  else if (action.type === 'publish') draft.publish(action.params.fact);
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
