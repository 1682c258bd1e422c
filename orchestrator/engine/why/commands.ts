/** Causes in a command that the saga awaits: unsent, unread, unanswered, or answered and not read yet. */
import { stalledNow } from '../sweep-state.ts';
import type { Cause, NextStep } from './cause.ts';
import { standstillCause } from './movers.ts';
import type { Observations } from './observations.ts';
import { before, inState, named, type OpenCommand, openCommands, readAgo, usual } from './open-command.ts';
import { clock, counted, number, quoted, span, times } from './phrases.ts';
import { engineProgress, membersOf } from './queues.ts';

/** So many unread records of the engines may hold a reply up noticeably: a second of what they read, and some. */
const FEW_UNREAD = 50;

/** The causes of every awaited command: the one that decides first. */
export function commandCauses(seen: Observations): Cause[] {
  const order = ({ awaited }: OpenCommand) => (awaited.kind === 'revoke' ? 0 : awaited.late ? 2 : 1);
  return openCommands(seen)
    .toSorted((a, b) => order(a) - order(b))
    .map((open) => causeOf(seen, open));
}

function causeOf(seen: Observations, open: OpenCommand): Cause {
  return (
    untaken(seen, open) ??
    absent(seen, open) ??
    unread(seen, open) ??
    reported(seen, open) ??
    standstillCause(seen) ??
    replyQueued(seen, open) ??
    unanswered(seen, open)
  );
}

/** Resends that no broker acknowledged: its channel takes nothing. */
function untaken(seen: Observations, open: OpenCommand): Cause | null {
  const { sent, participant } = open;
  const isLeft = sent !== undefined && sent.resentAt.length > sent.attempts && sent.confirmed !== true;
  if (!isLeft && !seen.blocked.includes(participant.channel)) return null;
  const where = `partition ${seen.row.partition} of ${participant.channel}`;
  return named(seen, open, 'topic-takes-nothing', {
    clauses: [
      `${where} takes no record: it was sent ${times(1 + (sent?.resentAt.length ?? 0))}, and no broker acknowledged it`,
    ],
    nextSteps: [{ text: 'see the runbook OfflinePartitions; the sweeper sends it again by itself' }],
    halts: true,
  });
}

function absent(seen: Observations, open: OpenCommand): Cause | null {
  const { name } = open.participant;
  if (membersOf(seen, name) !== 0) return null;
  return named(seen, open, 'participant-absent', {
    clauses: [
      `no process of ${name} is in its group`,
      open.isRead
        ? `it read the command ${readAgo(seen, open)} and left`
        : `${before(open)} in its partition`,
    ],
    evidence: { members: 0 },
    nextSteps: [{ text: `start ${name}: it goes on where it stopped` }],
    halts: true,
  });
}

function unread(seen: Observations, open: OpenCommand): Cause | null {
  const { flow, isRead, participant } = open;
  if (isRead || flow === undefined) return null;
  if (flow.perSecond === 0 && (flow.allPerSecond === 0 || flow.hasMovedBefore))
    return named(seen, open, 'participant-stands-still', {
      clauses: [`${participant.name} reads nothing of its partition`, before(open)],
      nextSteps: [
        { text: `see the logs of ${participant.name}: its database or the brokers may hold it up` },
      ],
      halts: true,
    });
  return named(seen, open, 'command-queued', {
    clauses: [
      `${participant.name} has not read it yet`,
      `${before(open)} in its partition`,
      ...(flow.perSecond === null ? [] : [`${participant.name} reads ${number(flow.perSecond)} a second`]),
    ],
  });
}

/** The participant reported that its reply is late, or that a third party decides. */
function reported(seen: Observations, open: OpenCommand): Cause | null {
  const { id, awaited, participant } = open;
  const { lastFailure } = seen.row;
  const failure = lastFailure?.commandId === id ? lastFailure : null;
  if (awaited.pending)
    return named(seen, open, 'third-party-decides', {
      clauses: [
        `${participant.name} has acted and waits for a third party`,
        ...(failure === null ? [] : [quoted(failure.text)]),
        'the step’s clock stands still until its reply',
      ],
    });
  if (failure === null) return null;
  const { count, nextTryAt } = seen.reported[id] ?? { count: 1, nextTryAt: null };
  return named(seen, open, 'participant-delayed', {
    clauses: [
      `${participant.name} read it ${readAgo(seen, open)} and reported ${failure.code} ${times(Math.max(1, count))}, ${count > 1 ? 'last ' : ''}${span(seen.nowMs - Date.parse(failure.at))} ago: ${quoted(failure.text)}`,
      ...(seen.alike === 0
        ? []
        : [`${counted(seen.alike, 'other')} ${seen.alike === 1 ? 'says' : 'say'} the same`]),
      ...(nextTryAt !== null && nextTryAt.getTime() > seen.nowMs
        ? [`it tries again at ${clock(nextTryAt.getTime(), seen.nowMs)}`]
        : []),
      ...usual(seen),
    ],
    evidence: {
      failureCode: failure.code,
      failureText: failure.text,
      failedAt: failure.at,
      failures: count,
      alike: seen.alike,
      fingerprint: failure.fingerprint ?? null,
      nextTryAt: nextTryAt?.toISOString() ?? null,
    },
    nextSteps:
      failure.fingerprint === undefined
        ? []
        : [{ text: 'list those that fail alike', command: `saga list --fingerprint ${failure.fingerprint}` }],
  });
}

/** The engines have records of its partition to read; its reply may be one of them. */
function replyQueued(seen: Observations, open: OpenCommand): Cause | null {
  const progress = engineProgress(seen);
  if (progress === null || progress.unread <= Math.max(FEW_UNREAD, progress.perSecond ?? 0)) return null;
  return named(seen, open, 'reply-queued', {
    clauses: [
      `${open.participant.name} has read it`,
      `its reply may be among the ${counted(progress.unread, 'record')} of partition ${seen.row.partition} that the engines have yet to read`,
      ...(progress.perSecond === null ? [] : [`they read ${number(progress.perSecond)} a second`]),
    ],
    evidence: { unreadByEngines: progress.unread, enginePerSecond: progress.perSecond },
  });
}

function unanswered(seen: Observations, open: OpenCommand): Cause {
  const { awaited, participant, sent, waitedMs } = open;
  const { nowMs } = seen;
  const read = open.isRead
    ? `${participant.name} read it ${readAgo(seen, open)}`
    : `whether ${participant.name} has read it is not known`;
  if (awaited.kind === 'revoke')
    return named(seen, open, 'revoke-unanswered', {
      clauses: [
        `a person’s ${awaited.deferred?.edit === undefined ? 'skip' : 'edit'} takes effect on its answer`,
        read,
      ],
    });
  const next = sent?.nextAt == null ? [] : [`it is sent again at ${clock(sent.nextAt, nowMs)}`];
  const resent = sent?.resentAt.length ?? 0;
  const stall = stalledNow(seen.row, seen.sweepState);
  if (stall !== null)
    return named(seen, open, 'stalled', {
      clauses: [
        `${read} and reported nothing, longer than is normal for ${seen.row.state}`,
        ...usual(seen),
        ...next,
      ],
      evidence: { stalledSince: new Date(stall.since).toISOString(), resent },
      nextSteps: actsOn(seen, open),
    });
  if (resent > 0)
    return named(seen, open, 'unanswered', {
      clauses: [
        `${read}, and has not answered it though it was sent again ${times(resent)}`,
        ...usual(seen),
        ...next,
      ],
      evidence: { resent, nextResendAt: sent?.nextAt == null ? null : new Date(sent.nextAt).toISOString() },
      nextSteps: actsOn(seen, open),
    });
  const p95Ms = seen.usual[seen.row.state]?.p95Ms ?? null;
  if (p95Ms !== null && waitedMs > 2 * p95Ms)
    return named(seen, open, 'slower-than-usual', {
      clauses: [read, ...usual(seen), ...inState(seen)],
    });
  return named(seen, open, 'being-handled', { clauses: [read, ...usual(seen), ...inState(seen)] });
}

function actsOn({ row }: Observations, { participant, awaited }: OpenCommand): NextStep[] {
  return [
    { text: `see the logs of ${participant.name}` },
    { text: 'send it again at once', command: `saga retry ${row.id} --reason …` },
    ...(awaited.kind === 'forward'
      ? [{ text: 'or take the saga back', command: `saga compensate ${row.id} --reason …` }]
      : []),
  ];
}
