/**
 * What the sweeper decides when it checks at one saga: resend, fire a timer, or wait and look again later. Pure.
 *
 * Waiting is not failing: a command counts as sent until its participant's group has read past a endOffset, the end of its
 * partition when it was first looked at. Until then there is no resend and no time-out; the clock of a step starts when
 * it is seen to be read. The same holds for ourselves: a time-out waits until the engine has read every answer that
 * was there when it fell due. No clocks of different machines are compared.
 */
import type { Registered } from '../definition/definition.ts';
import type { Due, Place } from '../ports.ts';
import { replyTopics } from '../read-message.ts';
import type { SentState, SweepState } from '../sweep-state.ts';
import { checkSent, grow, LONGEST_RESEND_MS, resent } from './resend-policy.ts';
import { stallDue, timerDue } from './step-deadlines.ts';

/** The consumer group of the engines. */
export const ENGINE_GROUP = 'engine';
/** The key in `SweepState.sent` of the event that begins a saga. */
const START = 'start';

const SHORTEST_CHECK_MS = 250;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/**
 * What waits is not looked at sooner than after a third of the time it has waited: in a backlog of ten seconds each saga
 * was looked at twice, and looking cost as many writes as the orders themselves, which made the backlog.
 */
const WAIT_PER_AGE = 1 / 3;
/** How often a paused saga is looked at, ms: only so that whoever resumes it need not hurry. */
const PAUSED_CHECK_MS = 300_000;

/** What the brokers were seen to hold. */
export interface Seen {
  end(topic: string, partition: number): number;
  read(group: string, topic: string, partition: number): number;
}

/** What a look decides. */
export interface Decision {
  /** Commands to send again: the journal's bytes. */
  readonly resend: ReadonlyArray<{ commandId: string; version: number }>;
  /** Timers to publish. */
  readonly fire: ReadonlyArray<{ name: string; generation: number }>;
  /** Publish the event that begins the saga again. */
  readonly start: boolean;
  /** A silent stall was found, by this look. */
  readonly foundStalled: boolean;
  readonly sweepState: SweepState;
  readonly dueAt: number;
}

const NOTHING = { resend: [], fire: [], start: false, foundStalled: false } as const;

/** The places a look at this saga needs: ends of all, and how far each group has read. */
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

/** Looks at one saga. `random` is in [0, 1). */
export function decideRecovery(
  definition: Registered,
  due: Due,
  seen: Seen,
  nowMs: number,
  random: () => number,
): Decision {
  const { row } = due;
  if (row.paused) return { ...NOTHING, sweepState: due.sweepState, dueAt: nowMs + PAUSED_CHECK_MS };
  const sent: Record<string, SentState> = {};
  const timers: Record<string, { ends: Readonly<Record<string, number>>; firedAt?: number }> = {};
  const resend: Array<{ commandId: string; version: number }> = [];
  const fire: Array<{ name: string; generation: number }> = [];
  const wakeAt: number[] = [];
  /** When to look again at what has waited since an instant. */
  const later = (since: number) =>
    nowMs +
    Math.max(
      grow(FIRST_WAIT_MS, LONGEST_WAIT_MS, due.checks, random),
      Math.min(LONGEST_WAIT_MS, (nowMs - since) * WAIT_PER_AGE),
    );
  let start = false;

  if (row.version === 0) {
    const topic = startTopic(definition);
    const { sweepState } = checkSent(
      due.sweepState.sent?.[START],
      row.createdAt.getTime(),
      seen.end(topic, row.partition),
      seen.read(ENGINE_GROUP, topic, row.partition),
      nowMs,
      random,
    );
    // An engine that has read past it would have begun this saga: it was never published. One that was parked is stuck,
    // and waits for a person: published again it would be parked again.
    start = !sweepState.unread && row.stuck === null;
    sent[START] = start ? resent(sweepState, nowMs) : sweepState;
    wakeAt.push(later(row.createdAt.getTime()));
  }

  for (const [commandId, awaited] of Object.entries(row.pending.awaiting)) {
    const { channel, name: group } = participantOf(definition, awaited.type);
    const checked = checkSent(
      due.sweepState.sent?.[commandId],
      awaited.issuedAt,
      seen.end(channel, row.partition),
      seen.read(group, channel, row.partition),
      nowMs,
      random,
    );
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
    const key = `${name}/${timer.generation}`;
    const topics = replyTopics(definition);
    const ends =
      due.sweepState.timers?.[key]?.ends ??
      Object.fromEntries(topics.map((t) => [t, seen.end(t, row.partition)]));
    const caughtUp = topics.every((t) => seen.read(ENGINE_GROUP, t, row.partition) >= (ends[t] ?? 0));
    if (caughtUp) fire.push({ name, generation: timer.generation });
    timers[key] = { ends, ...(caughtUp && { firedAt: nowMs }) };
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
    dueAt: Math.max(nowMs + SHORTEST_CHECK_MS, Math.min(...wakeAt, nowMs + LONGEST_RESEND_MS)),
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
