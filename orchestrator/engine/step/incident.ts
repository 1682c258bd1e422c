/** Raises and clears the incident of a saga that needs an operator. */
import { commandTypeOf } from '#protocol/ids.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { TransitionBuilder } from './transition-builder.ts';

/** Stands in a participant's place where a failure is none's. */
export const ORCHESTRATOR_ITSELF = 'orchestrator';

/** The incident of a success that came after its step was given up: it closes itself once the success is undone. */
export const LATE_SUCCESS = 'late-success';
const MAX_TEXT = 1000;

/**
 * Raises an incident; one that is open already stays.
 * @param commandId the command that failed; without it the newest that the saga awaits
 */
export function raiseIncident(
  builder: TransitionBuilder,
  code: string,
  text?: string,
  commandId?: string,
): void {
  if (builder.stuck !== null) return;
  const participant = participantOf(builder, commandId);
  builder.stuck = {
    since: new Date(builder.nowMs).toISOString(),
    code,
    ...(text !== undefined && { text }),
    participant,
    fingerprint: fingerprintOf({ participant, code, text: text ?? '' }),
  };
}

/** The participant of a command, or of the newest command that the saga awaits; without one the orchestrator itself. */
export function participantOf({ definition, awaiting, row }: TransitionBuilder, commandId?: string): string {
  const open = Object.values(awaiting);
  const newest = open.findLast(({ late }) => !late) ?? open.at(-1);
  const type = commandId === undefined ? newest?.type : commandTypeOf(commandId, row.id);
  return definition.commands[type ?? '']?.contract.name ?? ORCHESTRATOR_ITSELF;
}

/** Raises the incident of a late success; it stays open until the undo is answered. */
export function raiseLateSuccess(builder: TransitionBuilder, text: string, commandId?: string): void {
  raiseIncident(builder, LATE_SUCCESS, text, commandId);
}

/**
 * Raises a participant's incident about one of its commands. It replaces an incident of the saga's own, whose code it
 * names, and is added to an open one of a participant: neither may hide the other.
 */
export function raiseAbout(builder: TransitionBuilder, about: string, code: string, text: string): void {
  const { stuck } = builder;
  if (stuck?.about !== undefined) {
    builder.stuck = { ...stuck, text: `${stuck.text ?? stuck.code}; ${code}: ${text}`.slice(0, MAX_TEXT) };
    return;
  }
  const before = stuck === null ? '' : `; before it: ${stuck.code}`;
  builder.stuck = null;
  raiseIncident(builder, code, `${text}${before}`.slice(0, MAX_TEXT), about);
  builder.stuck = { ...(builder.stuck ?? { since: '', code }), about };
}

/** Clears the incident of a saga that moves on, except a participant's, and while the undo of a late success is outstanding. */
export function clearIncident(builder: TransitionBuilder): void {
  if (builder.stuck?.about !== undefined) return;
  const owes = owesLateUndo(builder);
  if (owes && builder.stuck?.code === LATE_SUCCESS) return;
  builder.stuck = null;
  if (owes) raiseLateSuccess(builder, 'a late success is still being undone');
}

/** Clears the incident of a late success once its last undo is answered. */
export function clearLateSuccess(builder: TransitionBuilder): void {
  if (builder.stuck?.code === LATE_SUCCESS && !owesLateUndo(builder)) builder.stuck = null;
}

/** Clears a participant's incident about an undo that is done at last; one about a forward command takes evidence. */
export function clearAbout(builder: TransitionBuilder, undo: string): void {
  const about = builder.stuck?.about;
  if (about === undefined || commandTypeOf(about, builder.row.id) !== undo) return;
  const isOpen = Object.values(builder.refusedUndos).some(({ type }) => type === undo);
  if (!isOpen) acknowledge(builder);
}

/** Clears any incident; an operator has vouched for it. */
export function acknowledge(builder: TransitionBuilder): void {
  builder.stuck = null;
  if (owesLateUndo(builder)) raiseLateSuccess(builder, 'an undo is still outstanding');
}

function owesLateUndo({ awaiting, refusedUndos }: TransitionBuilder): boolean {
  return [...Object.values(awaiting), ...Object.values(refusedUndos)].some((undo) => undo.late);
}
