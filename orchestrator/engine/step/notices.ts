/** Takes a participant's notice: no reply, so the saga keeps its state. */
import type { NoticeData } from '#protocol/contract.ts';
import { commandId as commandIdOf, commandTypeOf } from '#protocol/ids.ts';
import { contractOf, type Registered } from '../definition/definition.ts';
import type { Correlation } from './correlate.ts';
import { fingerprintOf } from './fingerprint.ts';
import { participantOf, raiseAbout, raiseIncident } from './incident.ts';
import type { TransitionBuilder } from './transition-builder.ts';

/** Records the participant's failure. A parked command raises an incident; a pending one stops the step's clocks. */
export function takeNotice(
  definition: Registered,
  builder: TransitionBuilder,
  { commandId, notice }: Extract<Correlation, { kind: 'notice' }>,
  { code, text }: NoticeData,
): void {
  const participant = participantOf(builder, commandId);
  const fingerprint = fingerprintOf({ participant, code, text });
  const at = new Date(builder.nowMs).toISOString();
  builder.lastFailure = { at, commandId, code, text, participant, fingerprint };
  if (notice === 'parked') raiseIncident(builder, 'parked', `${commandId}: ${text}`, commandId);
  if (notice === 'pending') stopClocks(builder, commandId);
  if (notice === 'incident') {
    reopenUndo(definition, builder, commandId);
    raiseAbout(builder, commandId, code, text);
  }
}

/** The participant keeps the clock of a pending command; the undo of a late success has none. */
function stopClocks(builder: TransitionBuilder, commandId: string): void {
  const awaited = builder.awaiting[commandId];
  if (awaited === undefined || awaited.kind === 'revoke') return;
  builder.awaiting[commandId] = { ...awaited, pending: true };
  if (awaited.late) return;
  for (const name of Object.keys(builder.timers)) builder.spend(name);
}

/** An undo that was answered as done no longer holds: `retry` issues it again, `skip` takes evidence. */
function reopenUndo(definition: Registered, builder: TransitionBuilder, commandId: string): void {
  const type = commandTypeOf(commandId, builder.row.id) ?? '';
  const { kind, undoes = [] } = contractOf(definition, type);
  const isOpen = builder.awaiting[commandId] !== undefined || builder.refusedUndos[commandId] !== undefined;
  // A later undo of the same type is on its way already.
  const isRepeated = Object.values(builder.awaiting).some((awaited) => awaited.type === type);
  if (kind !== 'undo' || isOpen || isRepeated) return;
  const names = undoes.flatMap((undone) =>
    Array.from({ length: builder.issued[undone] ?? 0 }, (_, i) => commandIdOf(builder.row.id, undone, i + 1)),
  );
  builder.refusedUndos[commandId] = { type, undoes: names, late: true };
}
