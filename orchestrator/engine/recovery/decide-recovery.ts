/**
 * Decides one check of a saga: resend a command, fire a timer, or wait and check again later. Pure.
 *
 * A queue is no failure: a command counts as unread until its participant's group has read past the end offset, which
 * the first check takes from the command's partition. Until then the sweeper neither resends it nor times it out; the
 * step's clock starts at the check that finds it read, and its time-out waits until an acknowledged resend was read too,
 * for the first one may never have been written. Likewise a due time-out waits until the engine has read every
 * reply that was in the log at that moment. No decision compares clocks of different machines.
 */
import { backoffMs } from '#platform/batching/retry.ts';
import type { Registered } from '../definition/definition.ts';
import type { Due, LogEnd, Place } from '../ports.ts';
import { replyTopics } from '../read-message.ts';
import type { SentState, SweepState, TimerState } from '../sweep-state.ts';
import {
  checkCommand,
  checkSent,
  isReplaced,
  type LogState,
  PUBLISHED_WITHIN_MS,
  RESEND_BACKOFF,
  resent,
  slowly,
} from './resend-policy.ts';
import { stallDue, timerDue, unproven } from './step-deadlines.ts';

/** The consumer group of the engines. */
export const ENGINE_GROUP = 'engine';
/** The key in `SweepState.sent` of the event that begins a saga. */
export const START = 'start';

const SHORTEST_CHECK_MS = 250;
/** The delay before the next check of a saga that waits. */
const CHECK_BACKOFF = { firstMs: 500, maxMs: 15_000, jitter: 0.1 };
/**
 * The next check of a waiting saga comes no sooner than after a third of its wait. Without this bound, checks in a
 * backlog of ten seconds cost as many writes as the orders themselves.
 */
const WAIT_PER_AGE = 1 / 3;
/** The interval of checks of a paused saga, ms: they do nothing, and a brake may hold hundreds of thousands, each a row to write. */
const PAUSED_CHECK_MS = 3_600_000;

/** The brokers' offsets at a check. */
export interface BrokerOffsets {
  end(topic: string, partition: number): LogEnd;
  read(group: string, topic: string, partition: number): number;
}

/** The result of a check. */
export interface Decision {
  /** Commands to send again: the journal's bytes. */
  readonly resend: ReadonlyArray<{ commandId: string; version: number }>;
  /** Timers to publish. */
  readonly fire: ReadonlyArray<{ name: string; generation: number }>;
  /** Publish the event that begins the saga again. */
  readonly start: boolean;
  /** This check found the saga stalled. */
  readonly foundStalled: boolean;
  readonly sweepState: SweepState;
  readonly dueAt: number;
}

const NOTHING = { resend: [], fire: [], start: false, foundStalled: false } as const;

/** The partitions whose end and read offsets a check of this saga needs. */
export function placesOf(definition: Registered, due: Due): Array<{ group: string; place: Place }> {
  const { partition, version, pending, paused } = due.row;
  if (paused) return [];
  if (version === 0) return [{ group: ENGINE_GROUP, place: { topic: startTopic(definition), partition } }];
  const channels = Object.values(pending.awaiting).map(({ type }) => ({
    group: participantOf(definition, type).name,
    place: { topic: participantOf(definition, type).channel, partition },
  }));
  if (Object.keys(pending.timers).length === 0) return channels;
  const replies = replyTopics(definition).map((topic) => ({
    group: ENGINE_GROUP,
    place: { topic, partition },
  }));
  return [...channels, ...replies];
}

/** Decides the check of one saga. `random` is in [0, 1). */
export function decideRecovery(
  definition: Registered,
  due: Due,
  offsets: BrokerOffsets,
  nowMs: number,
  random: () => number,
): Decision {
  const { row } = due;
  if (row.paused) return { ...NOTHING, sweepState: due.sweepState, dueAt: nowMs + PAUSED_CHECK_MS };
  const sent: Record<string, SentState> = {};
  const timers: Record<string, TimerState> = {};
  const resend: Array<{ commandId: string; version: number }> = [];
  const fire: Array<{ name: string; generation: number }> = [];
  const wakeAt: number[] = [];
  /** The next check of a wait that began at an instant. */
  const later = (since: number) =>
    nowMs +
    Math.max(
      backoffMs(due.checks, CHECK_BACKOFF, random),
      Math.min(CHECK_BACKOFF.maxMs, (nowMs - since) * WAIT_PER_AGE),
    );
  let start = false;

  if (row.version === 0) {
    const topic = startTopic(definition);
    const { sweepState } = checkSent(
      due.sweepState.sent?.[START],
      row.createdAt.getTime(),
      logAt(offsets, ENGINE_GROUP, topic, row.partition),
      nowMs,
      random,
    );
    // An engine that has read past it would have started this saga, so nobody published it. A parked start event has an
    // open incident and waits for an operator: the engine would park it again.
    start = !sweepState.unread && row.stuck === null;
    sent[START] = start ? resent(sweepState, nowMs) : sweepState;
    wakeAt.push(later(row.createdAt.getTime()));
  }

  for (const [commandId, awaited] of Object.entries(row.pending.awaiting)) {
    const { channel, name: group } = participantOf(definition, awaited.type);
    const found = checkCommand(
      due.sweepState.sent?.[commandId],
      awaited.issuedAt,
      logAt(offsets, group, channel, row.partition),
      nowMs,
      random,
    );
    const checked = awaited.pending ? slowly(found, awaited.issuedAt, nowMs) : found;
    if (checked.resend) resend.push({ commandId, version: awaited.version });
    const sweepState = checked.resend ? resent(checked.sweepState, nowMs) : checked.sweepState;
    sent[commandId] = sweepState;
    wakeAt.push(
      sweepState.unread || sweepState.nextAt === null ? later(awaited.issuedAt) : sweepState.nextAt,
    );
  }

  for (const [name, timer] of Object.entries(row.pending.timers)) {
    const dueAt = timerDue(definition, row.pending, sent, timer);
    if (nowMs < dueAt) {
      wakeAt.push(dueAt);
      continue;
    }
    const doubtful = unproven(definition, row.pending, sent, nowMs);
    if (doubtful.length > 0) {
      // Sent again and read, it proves itself: a step's limit may be shorter than the delay of the first resend.
      for (const id of doubtful) {
        const [state, awaited] = [sent[id], row.pending.awaiting[id]];
        if (state === undefined || awaited === undefined || state.attempts > 0) continue;
        resend.push({ commandId: id, version: awaited.version });
        sent[id] = resent(state, nowMs);
        wakeAt.push(nowMs + PUBLISHED_WITHIN_MS);
      }
      wakeAt.push(later(dueAt));
      continue;
    }
    const key = `${name}/${timer.generation}`;
    const awaited = repliesBefore(
      due.sweepState.timers?.[key],
      replyTopics(definition),
      offsets,
      row.partition,
    );
    const caughtUp = Object.entries(awaited.ends).every(
      ([topic, end]) => offsets.read(ENGINE_GROUP, topic, row.partition) >= end,
    );
    if (caughtUp) fire.push({ name, generation: timer.generation });
    timers[key] = { ...awaited, ...(caughtUp && { firedAt: nowMs }) };
    wakeAt.push(later(dueAt));
  }

  const stallsAt = stallDue(definition, row, sent);
  const known = due.sweepState.stalled?.version === row.version ? due.sweepState.stalled : undefined;
  const isStalled = stallsAt !== null && nowMs >= stallsAt;
  const stalled = isStalled ? (known ?? { version: row.version, since: nowMs }) : undefined;
  if (stallsAt !== null && !isStalled) wakeAt.push(stallsAt);

  return {
    resend,
    fire,
    start,
    foundStalled: stalled !== undefined && known === undefined,
    sweepState: { sent, timers, ...(stalled !== undefined && { stalled }) },
    dueAt: Math.max(nowMs + SHORTEST_CHECK_MS, Math.min(...wakeAt, nowMs + RESEND_BACKOFF.maxMs)),
  };
}

/**
 * How far the engine must have read the reply topics before a due timer fires. In a log that was replaced, or has lost its
 * end, no reply up to the recorded end will come: its present end counts.
 */
function repliesBefore(
  known: TimerState | undefined,
  topics: readonly string[],
  offsets: BrokerOffsets,
  partition: number,
): Pick<TimerState, 'ends' | 'logs'> {
  const ends: Record<string, number> = {};
  const logs: Record<string, string> = {};
  for (const topic of topics) {
    const end = offsets.end(topic, partition);
    const offset = known?.ends[topic];
    const stands = offset !== undefined && !isReplaced({ offset, log: known?.logs?.[topic] }, end);
    ends[topic] = stands ? offset : end.offset;
    if (end.log !== null) logs[topic] = end.log;
  }
  return Object.keys(logs).length === 0 ? { ends } : { ends, logs };
}

function logAt(offsets: BrokerOffsets, group: string, topic: string, partition: number): LogState {
  return {
    end: offsets.end(topic, partition),
    read: offsets.read(group, topic, partition),
  };
}

function startTopic(definition: Registered): string {
  return definition.events[definition.startedBy]?.topic ?? '';
}

function participantOf(definition: Registered, type: string) {
  const contract = definition.commands[type]?.contract;
  if (contract === undefined) throw new Error(`${definition.name} has no command ${type}`);
  return contract;
}
