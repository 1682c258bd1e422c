/**
 * The pure heart: a definition, a row and a message in; the row as it becomes, its journal entry and its messages out.
 * Executes nothing, reads no clock, and alone asks the machine (`transition.ts`).
 */
import type { NoticeData, UndoneData } from '../../participants/wire/contract.ts';
import { COMPENSATE } from './control.ts';
import { contractOf, type Registered, undoOf } from './define.ts';
import { Draft } from './draft.ts';
import type { ActionOutcome, Change, Incoming, JournalEntry, SagaRow } from './saga.ts';
import { toPath, toValue } from './state-path.ts';
import { type Ticket, ticketFor } from './ticket.ts';

/**
 * How soon after a move someone looks whether something was lost, ms, unless a timer is due before. An ordinary order
 * has ended by then, at peak load too: looking at what merely waits would cost more than the orders themselves.
 */
export const FIRST_LOOK_MS = 10_000;

/** What a message does to a saga. */
export type Step =
  /** It moves: a new row, under the version fence, and one journal entry. */
  | { kind: 'taken'; row: SagaRow; entry: JournalEntry; lookAt: Date | null; outcome?: ActionOutcome }
  /** It held no ticket: it changes nothing and does not use up its id. */
  | { kind: 'noted'; reason: string }
  /** A person's action that cannot be done: nothing changes but the action's own row. */
  | { kind: 'refused'; outcome: ActionOutcome };

/** One message through the machine. Pure; throws only for a defect of the definition. */
export function step(definition: Registered, row: SagaRow, incoming: Incoming, nowMs: number): Step {
  const { envelope } = incoming;
  const ticket = ticketFor(definition, row, envelope);
  if (ticket.kind === 'none') return { kind: 'noted', reason: ticket.reason };
  if (ticket.kind === 'refused')
    return { kind: 'refused', outcome: outcomeOf(row, ticket, 'refused', ticket.detail, nowMs) };
  const draft = new Draft(definition, row, nowMs, envelope.traceparent);
  const awaitedBefore = Object.keys(draft.awaiting);
  let state = row.state;
  if (ticket.kind === 'notice') {
    takeNotice(draft, ticket, envelope.data as NoticeData, nowMs);
  } else if (ticket.kind === 'late') {
    undoLate(definition, draft, ticket.commandId);
  } else if (ticket.kind === 'action' && ticket.action.action === 'retry') {
    const why = retry(draft);
    if (why !== null) return { kind: 'refused', outcome: outcomeOf(row, ticket, 'refused', why, nowMs) };
  } else {
    if (ticket.kind === 'timer') delete draft.timers[ticket.name];
    if (ticket.kind === 'reply') takeReply(definition, draft, ticket, envelope.type, envelope.data);
    const isLadders = ticket.kind !== 'reply' || !ticket.awaited.late;
    if (isLadders) state = run(definition, row, draft, eventOf(ticket, envelope.type, envelope.data));
    if (ticket.kind === 'action' && state === row.state) {
      return {
        kind: 'refused',
        outcome: outcomeOf(row, ticket, 'refused', `nothing to compensate in ${row.state}`, nowMs),
      };
    }
  }
  if (state !== row.state) draft.giveUp(awaitedBefore);
  const taken = finish(definition, row, draft, state, incoming, nowMs);
  return ticket.kind === 'action'
    ? {
        ...taken,
        outcome: outcomeOf(
          row,
          ticket,
          'applied',
          sentBy(taken.entry).join(', ') || 'nothing was sent',
          nowMs,
        ),
      }
    : taken;
}

/** The commands a transition sends, new ones and repeats: what a preview shows and an action's outcome says. */
export function sentBy(entry: JournalEntry): string[] {
  return [...entry.out.map((sent) => sent.event.id), ...(entry.change.resent ?? [])];
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

/** Sends what is awaited again, or a refused undo under its next counter. Returns why it cannot. */
function retry(draft: Draft): string | null {
  const awaited = Object.keys(draft.awaiting);
  const refused = Object.entries(draft.refusedUndos);
  if (awaited.length > 0) draft.resent.push(...awaited);
  for (const [id, { type, undoes, late }] of refused) {
    delete draft.refusedUndos[id];
    draft.issueUndo(type, undoes, late);
  }
  return awaited.length + refused.length === 0 ? 'nothing is awaited' : null;
}

function eventOf(ticket: Ticket, type: string, data: unknown): { type: string; data?: unknown } {
  if (ticket.kind === 'timer') return { type: ticket.name };
  if (ticket.kind === 'action') {
    const { action, reason } = ticket.action;
    return {
      type: COMPENSATE,
      data: { code: action === 'cancel' ? 'cancelled' : 'compensated', text: reason },
    };
  }
  return { type, data };
}

/** Asks the machine, and does to the draft what its actions, as data, ask for. Returns the state it is in. */
function run(
  definition: Registered,
  row: SagaRow,
  draft: Draft,
  event: { type: string; data?: unknown },
): string {
  const after = definition.transition(toValue(row.state), row.context, event);
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

function finish(
  definition: Registered,
  row: SagaRow,
  draft: Draft,
  state: string,
  { envelope, origin }: Incoming,
  nowMs: number,
): Extract<Step, { kind: 'taken' }> {
  const now = new Date(nowMs);
  const contextChanged =
    draft.context !== row.context && JSON.stringify(draft.context) !== JSON.stringify(row.context);
  const moved = state !== row.state;
  const status = definition.statusOf(state);
  const ended = status === 'completed' || status === 'failed';
  const { awaiting, givenUp, timers, issued, refusedUndos, armings } = draft;
  const live =
    !ended || Object.keys(awaiting).length > 0 || Object.keys(timers).length > 0 || draft.stuck !== null;
  const change: Change = {
    ...(contextChanged && { context: draft.context }),
    ...(draft.stuck !== row.stuck && { stuck: draft.stuck }),
    ...(draft.trouble !== row.trouble && draft.trouble !== null && { trouble: draft.trouble }),
    ...(draft.resent.length > 0 && { resent: draft.resent }),
    ...(draft.gaveUp.length > 0 && { gaveUp: draft.gaveUp }),
  };
  return {
    kind: 'taken',
    row: {
      ...row,
      version: draft.version,
      revision: moved || contextChanged ? draft.version : row.revision,
      state,
      status,
      context: draft.context,
      tickets: { awaiting, givenUp, timers, issued, refusedUndos, armings },
      stuck: draft.stuck,
      trouble: draft.trouble,
      stateSince: moved ? now : row.stateSince,
      endedAt: ended ? (row.endedAt ?? now) : null,
    },
    entry: {
      sagaId: row.id,
      messageId: envelope.id,
      version: draft.version,
      at: now,
      type: envelope.type,
      fromState: row.state,
      toState: state,
      message: envelope,
      change,
      out: draft.out,
      origin,
    },
    lookAt: live
      ? new Date(Math.min(nowMs + FIRST_LOOK_MS, ...Object.values(timers).map(({ at }) => at)))
      : null,
  };
}

function outcomeOf(
  row: SagaRow,
  ticket: Extract<Ticket, { kind: 'action' | 'refused' }>,
  state: ActionOutcome['state'],
  detail: string,
  nowMs: number,
): ActionOutcome {
  return { actionId: ticket.action.actionId, sagaId: row.id, state, detail, at: new Date(nowMs) };
}
