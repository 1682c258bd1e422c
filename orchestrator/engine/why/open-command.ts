/** One command that the saga awaits, with all that is known of it, and the parts that every cause in it has in common. */
import type { Contract } from '#protocol/contract.ts';
import type { Awaited } from '../saga.ts';
import type { SentState } from '../sweep-state.ts';
import type { Cause, CauseCode, Evidence } from './cause.ts';
import type { Observations, TopicFlow } from './observations.ts';
import { counted, span } from './phrases.ts';
import { flowOf, recordsUpTo } from './queues.ts';

/** One awaited command with all that is known of it. */
export interface OpenCommand {
  readonly id: string;
  readonly awaited: Awaited;
  readonly participant: Contract;
  readonly sent: SentState | undefined;
  readonly flow: TopicFlow | undefined;
  readonly before: number;
  readonly isRead: boolean;
  readonly waitedMs: number;
}

/** Every awaited command that this process's definition knows. */
export function openCommands(seen: Observations): OpenCommand[] {
  const { definition, row, sweepState, nowMs } = seen;
  if (definition === null) return [];
  return Object.entries(row.pending.awaiting).flatMap(([id, awaited]) => {
    const participant = definition.commands[awaited.type]?.contract;
    if (participant === undefined) return [];
    const sent = sweepState.sent?.[id];
    const flow = flowOf(seen, participant.name, participant.channel);
    const before = flow === undefined ? 0 : recordsUpTo(flow, sent);
    // A resend that is not read yet changes nothing about the first one.
    const isRead = sent?.readAt != null || (flow !== undefined && before === 0);
    return [{ id, awaited, participant, sent, flow, before, isRead, waitedMs: nowMs - awaited.issuedAt }];
  });
}

/** A cause in a command: what it waits for, then its own clauses; the command's evidence, then its own. */
export function named(
  seen: Observations,
  open: OpenCommand,
  code: CauseCode,
  {
    clauses,
    evidence = {},
    nextSteps = [],
    halts = false,
  }: Partial<Omit<Cause, 'code'>> & Pick<Cause, 'clauses'>,
): Cause {
  const { id, awaited, participant, sent, flow, waitedMs, isRead } = open;
  const undone = (awaited.undoes ?? []).map((one) => one.replace(`${seen.row.id}/`, ''));
  const late = awaited.late ? ', the undo of a late success' : '';
  const undoes =
    undone.length === 0 || awaited.late
      ? ''
      : `, which ${awaited.kind === 'revoke' ? 'forbids' : 'undoes'} ${undone.join(' and ')}`;
  const own: Evidence = {
    commandId: id,
    participant: participant.name,
    sentAt: new Date(awaited.issuedAt).toISOString(),
    waitedMs,
    read: isRead,
    readAt: sent?.readAt == null ? null : new Date(sent.readAt).toISOString(),
    topic: participant.channel,
    partition: seen.row.partition,
    before: isRead ? 0 : Math.max(0, open.before - 1),
    participantPerSecond: flow?.perSecond ?? null,
    usualMs: seen.usual[seen.row.state]?.p50Ms ?? null,
  };
  return {
    code,
    clauses: [`waits for ${awaited.type}${undoes}${late}`, ...clauses],
    evidence: { ...own, ...evidence },
    nextSteps,
    halts,
  };
}

/** The unread records but its own. */
export function before({ before: unread }: OpenCommand): string {
  const records = Math.max(0, unread - 1);
  return `${counted(records, 'record')} ${records === 1 ? 'is' : 'are'} before it`;
}

/** A check found it read at the latest then; what its participant reported is older, where that was first. */
export function readAgo({ nowMs, row }: Observations, { id, sent, waitedMs }: OpenCommand): string {
  const reportedAt = row.lastFailure?.commandId === id ? Date.parse(row.lastFailure.at) : nowMs;
  return sent?.readAt == null && reportedAt === nowMs
    ? `within ${span(waitedMs)}`
    : `${span(nowMs - Math.min(sent?.readAt ?? nowMs, reportedAt))} ago`;
}

export function usual(seen: Observations): string[] {
  const known = seen.usual[seen.row.state];
  return known === undefined ? [] : [`usual is ${span(known.p50Ms)}`];
}

/** A queue inside the participant: sagas that came to the state before. */
export function inState({ before: { inState: sagas }, row }: Observations): string[] {
  return sagas < 2 ? [] : [`${counted(sagas, 'saga')} came to ${row.state} before it`];
}
