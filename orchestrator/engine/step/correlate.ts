/** Matches a message with what its saga waits for. */
import { type Contract, type NoticeKind, noticeData } from '#protocol/contract.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { commandId as commandIdOf, commandNumber, commandTypeOf, replyId } from '#protocol/ids.ts';
import { ACTION, type ActionData, actionData, TIMER, timerData } from '../control.ts';
import { contractOf, type Registered } from '../definition/definition.ts';
import type { Awaited, SagaRow } from '../saga.ts';

/** How a message matches, or why it does not. */
export type Correlation =
  | { readonly kind: 'start' }
  | { readonly kind: 'reply'; readonly commandId: string; readonly awaited: Awaited }
  /** The success of a command that an undo had found not executed. */
  | { readonly kind: 'late'; readonly commandId: string }
  | { readonly kind: 'notice'; readonly commandId: string; readonly notice: NoticeKind }
  | { readonly kind: 'timer'; readonly name: string }
  | { readonly kind: 'action'; readonly action: ActionData }
  /** An action the saga refuses, finally, with the reason. */
  | { readonly kind: 'refused'; readonly action: ActionData; readonly detail: string }
  /** Unmatched: noted; a redelivery is correlated anew. */
  | { readonly kind: 'none'; readonly reason: string };

const none = (reason: string): Correlation => ({ kind: 'none', reason });

/** Correlates a message with a row. Pure. */
export function correlate(definition: Registered, row: SagaRow, envelope: Envelope): Correlation {
  if (envelope.type === definition.startedBy)
    return row.version === 0 ? { kind: 'start' } : none('already-started');
  if (envelope.type === TIMER) {
    // Its clocks stand still: the sweeper fires the timer again after the resume.
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
    // An incident may concern a command that was answered long ago.
    const type = awaited?.type ?? (notice === 'incident' ? issuedType(row, commandId) : null);
    if (type === null) return none('not-awaited');
    // The journal would take it under the reply's id and then drop the reply itself as a repeat.
    if (envelope.id === replyId(commandId)) return none('misnamed-notice');
    noticeData.parse(envelope.data);
    return participantOf(definition, type).name === envelope.type.split('.')[0]
      ? { kind: 'notice', commandId, notice }
      : none('foreign-notice');
  }
  if (awaited !== undefined) {
    const { success, refusal } = contractOf(definition, awaited.type);
    if (envelope.type !== success && envelope.type !== refusal) return none('foreign-reply');
    // A revoke makes the participant refuse the open command, and that refusal arrives first: the revoke's answer decides.
    if (envelope.type === refusal && isBeingRevoked(row, commandId)) return none('being-revoked');
    return { kind: 'reply', commandId, awaited };
  }
  const givenUp = row.pending.givenUp[commandId];
  if (givenUp === undefined) return none('not-awaited');
  const isSuccess = contractOf(definition, givenUp.type).success === envelope.type;
  if (!isSuccess) return none('given-up');
  // An undo that names it is outstanding, or has answered: it needs no other.
  if (givenUp.undoneBy !== undefined) return none('being-undone');
  return givenUp.found === 'not-executed' ? { kind: 'late', commandId } : none('given-up');
}

/** The type of a command that the saga has issued; null where it never issued one of this id. */
function issuedType({ id, pending }: SagaRow, commandId: string): string | null {
  const type = commandTypeOf(commandId, id);
  if (type === null) return null;
  const nth = commandNumber(commandId);
  return nth <= (pending.issued[type] ?? 0) && commandId === commandIdOf(id, type, nth) ? type : null;
}

/** Whether an operator's action has revoked a command and waits for the answer. */
function isBeingRevoked({ pending }: SagaRow, commandId: string): boolean {
  return Object.values(pending.awaiting).some(({ deferred }) => deferred?.target === commandId);
}

/**
 * Whether a message could match again after it was taken: a match with an action or a notice is not used up, so only the
 * journal detects the repeat. A match with a reply, a timer or the start is.
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
