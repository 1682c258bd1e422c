/** Raises and clears the incident of a saga that needs an operator. */
import type { TransitionBuilder } from './transition-builder.ts';

const LATE_SUCCESS = 'late-success';

/** Raises an incident; one that is open already stays. */
export function raiseIncident(builder: TransitionBuilder, code: string, text?: string): void {
  builder.stuck ??= {
    since: new Date(builder.nowMs).toISOString(),
    code,
    ...(text !== undefined && { text }),
  };
}

/** Raises the incident of a late success; it stays open until the undo is answered. */
export function raiseLateSuccess(builder: TransitionBuilder, text: string): void {
  raiseIncident(builder, LATE_SUCCESS, text);
}

/** Clears the incident of a saga that moves on, except while the undo of a late success is outstanding. */
export function clearIncident(builder: TransitionBuilder): void {
  const owes = owesLateUndo(builder);
  if (owes && builder.stuck?.code === LATE_SUCCESS) return;
  builder.stuck = null;
  if (owes) raiseLateSuccess(builder, 'a late success is still being undone');
}

/** Clears the incident of a late success once its last undo is answered. */
export function clearLateSuccess(builder: TransitionBuilder): void {
  if (builder.stuck?.code === LATE_SUCCESS && !owesLateUndo(builder)) builder.stuck = null;
}

function owesLateUndo({ awaiting, refusedUndos }: TransitionBuilder): boolean {
  return [...Object.values(awaiting), ...Object.values(refusedUndos)].some((undo) => undo.late);
}
