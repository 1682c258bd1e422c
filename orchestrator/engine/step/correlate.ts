/** The door: which correlation of the row, if any, lets a message in. */
import { type Contract, noticeData } from '#protocol/contract.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';
import { ACTION, type ActionData, actionData, TIMER, timerData } from '../control.ts';
import { contractOf, type Registered } from '../definition/definition.ts';
import type { Awaited, SagaRow } from '../saga.ts';

/** How a message enters, or why it does not. */
export type Correlation =
  | { readonly kind: 'start' }
  | { readonly kind: 'reply'; readonly commandId: string; readonly awaited: Awaited }
  /** The success of a command that an undo found void. */
  | { readonly kind: 'late'; readonly commandId: string }
  | { readonly kind: 'notice'; readonly commandId: string; readonly notice: 'delayed' | 'parked' }
  | { readonly kind: 'timer'; readonly name: string }
  | { readonly kind: 'action'; readonly action: ActionData }
  /** An action its saga cannot take now: answered with the reason, for good. */
  | { readonly kind: 'refused'; readonly action: ActionData; readonly detail: string }
  /** No correlation: noted, and judged again should it be said again. */
  | { readonly kind: 'none'; readonly reason: string };

const none = (reason: string): Correlation => ({ kind: 'none', reason });

/** Judges a message against a row. Pure. */
export function correlate(definition: Registered, row: SagaRow, envelope: Envelope): Correlation {
  if (envelope.type === definition.startedBy)
    return row.version === 0 ? { kind: 'start' } : none('already-started');
  if (envelope.type === TIMER) {
    // Its clocks stand still: the sweeper says it again once the saga is resumed.
    if (row.paused) return none('paused');
    const { name, generation } = timerData.parse(envelope.data);
    return row.pending.timers[name]?.generation === generation
      ? { kind: 'timer', name }
      : none('stale-timer');
  }
  if (envelope.type === ACTION) return correlateAction(definition, row, actionData.parse(envelope.data));
  return correlateReply(definition, row, envelope);
}

function correlateAction(definition: Registered, row: SagaRow, action: ActionData): Correlation {
  if (row.version === 0) return none('not-started');
  const refused = (detail: string): Correlation => ({ kind: 'refused', action, detail });
  if (action.action === 'cancel') {
    const { until, refusal } = definition.cancellation;
    if (row.status !== 'running') return refused(`the ${definition.name} is ${row.status}`);
    if (row.pending.issued[until] !== undefined) return refused(refusal);
    return { kind: 'action', action };
  }
  if (action.revision !== row.revision) {
    return refused(`the saga moved on: revision ${row.revision}, not ${action.revision}`);
  }
  return { kind: 'action', action };
}

function correlateReply(definition: Registered, row: SagaRow, envelope: Envelope): Correlation {
  const commandId = envelope.commandid;
  if (commandId === undefined) return none('names-no-command');
  const awaited = row.pending.awaiting[commandId];
  const notice = definition.notices.get(envelope.type);
  if (notice !== undefined) {
    if (awaited === undefined) return none('not-awaited');
    // Taken under the reply's id, it would keep the reply itself out of the journal for ever.
    if (envelope.id === replyId(commandId)) return none('misnamed-notice');
    noticeData.parse(envelope.data);
    return participantOf(definition, awaited.type).name === envelope.type.split('.')[0]
      ? { kind: 'notice', commandId, notice }
      : none('foreign-notice');
  }
  if (awaited !== undefined) {
    const { success, refusal } = contractOf(definition, awaited.type);
    if (envelope.type !== success && envelope.type !== refusal) return none('foreign-reply');
    // Voided, an open command is answered as refused, and that is heard first: what follows is the void's answer to say.
    if (envelope.type === refusal && isBeingRevoked(row, commandId)) return none('being-revoked');
    return { kind: 'reply', commandId, awaited };
  }
  const givenUp = row.pending.givenUp[commandId];
  if (givenUp === undefined) return none('not-awaited');
  const isSuccess = contractOf(definition, givenUp.type).success === envelope.type;
  if (!isSuccess) return none('given-up');
  // Awaited by an undo, or found undone or refused by one: the undo has seen to it.
  if (givenUp.undoneBy !== undefined) return none('being-undone');
  return givenUp.found === 'not-executed' ? { kind: 'late', commandId } : none('given-up');
}

/** Whether a person's action has forbidden a command and waits to hear what came of it. */
function isBeingRevoked({ pending }: SagaRow, commandId: string): boolean {
  return Object.values(pending.awaiting).some(({ deferred }) => deferred?.target === commandId);
}

/**
 * Whether a message could hold a correlation although it was taken before: these do not use theirs up, so only the journal
 * tells a repeat. A reply, a timer and the start do.
 */
export function mayComeAgain(definition: Registered, row: SagaRow, { type, commandid }: Envelope): boolean {
  if (type === ACTION || definition.notices.has(type)) return true;
  return commandid !== undefined && row.pending.givenUp[commandid] !== undefined;
}

function participantOf(definition: Registered, type: string): Contract {
  const contract = definition.commands[type]?.contract;
  if (contract === undefined) throw new Error(`${definition.name} has no command ${type}`);
  return contract;
}
