/** The clock of a step: it starts when the awaited command is read; time-outs and stalls are counted from there. */
import type { Registered } from '../definition/definition.ts';
import type { Pending, SagaRow } from '../saga.ts';
import type { SentState } from '../sweep-state.ts';

/**
 * When a timer is due: its delay after the awaited command was read; unread, only the second limit counts. The undo of a
 * late success stands beside the state and its timer.
 */
export function timerDue(
  definition: Registered,
  pending: Pending,
  sent: Readonly<Record<string, SentState>>,
  timer: { at: number; delayMs: number },
): number {
  if (stepsCommands(pending).length === 0) return timer.at;
  const limit = scheduleLimit(definition, pending);
  const from = clockStart(pending, sent, 0);
  return from === null ? limit : Math.min(limit, from + timer.delayMs);
}

/**
 * The commands of a due step of which nobody can be sure that they were ever written; none after the second limit. Their
 * engine may have waited for a blocked partition all the time, of which no other process needs to know.
 */
export function unproven(
  definition: Registered,
  pending: Pending,
  sent: Readonly<Record<string, SentState>>,
  nowMs: number,
): string[] {
  if (nowMs >= scheduleLimit(definition, pending)) return [];
  return stepsCommands(pending).flatMap(([id]) => (sent[id]?.proven ? [] : id));
}

function scheduleLimit(definition: Registered, pending: Pending): number {
  const issuedAt = Math.min(...stepsCommands(pending).map(([, awaited]) => awaited.issuedAt));
  return Math.max(issuedAt, pending.clockFrom ?? 0) + definition.scheduleToCloseMs;
}

/**
 * The awaited commands of the state itself. An operator's revoke is none: it stands beside the command it forbids, and may be
 * awaited for longer than the state lasts.
 */
function stepsCommands({ awaiting }: Pending) {
  return Object.entries(awaiting).filter(([, awaited]) => !awaited.late && awaited.kind !== 'revoke');
}

/**
 * When the step's clock started, ms: the last of its commands was read, or a person had it begin anew; later by every
 * pause since. Null while one is unread; `earliest` when nothing is awaited.
 */
function clockStart(
  pending: Pending,
  sent: Readonly<Record<string, SentState>>,
  earliest: number,
): number | null {
  const readAts = stepsCommands(pending).map(([id]) => sent[id]?.readAt ?? null);
  if (readAts.includes(null)) return null;
  const from = Math.max(earliest, pending.clockFrom ?? 0, ...readAts.map(Number));
  const stood = (pending.stood ?? []).filter((pause) => pause.from >= from);
  return from + stood.reduce((sum, { ms }) => sum + ms, 0);
}

/**
 * When a saga counts as stalled, ms: its state's normal after the step's clock started. Null where the definition names
 * none, where a command is still unread, and where lastFailure or an incident already names the cause.
 */
export function stallDue(
  definition: Registered,
  row: SagaRow,
  sent: Readonly<Record<string, SentState>>,
): number | null {
  const normalMs = definition.normalMs?.(row.state);
  if (normalMs === undefined || row.version === 0 || row.stuck !== null) return null;
  const since = row.stateSince.getTime();
  if (row.lastFailure !== null && Date.parse(row.lastFailure.at) >= since) return null;
  const from = clockStart(row.pending, sent, since);
  return from === null ? null : from + normalMs;
}
