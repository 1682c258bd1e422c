/**
 * What the sweeper decides when it looks at one saga: resend, fire a timer, or wait and look again later. Pure.
 *
 * Waiting is not failing: a command counts as sent until its participant's group has read past a mark, the end of its
 * partition when it was first looked at. Until then there is no resend and no time-out; the clock of a step starts when
 * it is seen to be read. The same holds for ourselves: a time-out waits until the engine has read every answer that
 * was there when it fell due. No clocks of different machines are compared.
 */
import { commandTypeOf } from '../../participants/wire/ids.ts';
import type { Registered } from './define.ts';
import { replyTopics } from './incoming.ts';
import type { Due, Place } from './ports.ts';
import type { SagaRow, Tickets } from './saga.ts';

/** The consumer group of the engines. */
export const ENGINE_GROUP = 'engine';
/** The key in `Watch.sent` of the fact that begins a saga. */
const START = 'start';

const SHORTEST_LOOK_MS = 250;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const FIRST_RESEND_MS = 10_000;
const LONGEST_RESEND_MS = 300_000;
const KEPT_RESENDS = 20;
/** How often a paused saga is looked at, ms: only so that whoever resumes it need not hurry. */
const PAUSED_LOOK_MS = 300_000;

/** What the sweeper knows of one message that was sent. */
export interface SentWatch {
  /** The end of its partition when it was first looked at after sending; null: to be taken at the next look. */
  readonly mark: number | null;
  /** When its reader was first seen past the mark, ms; the step's clock starts here. */
  readonly readAt: number | null;
  /** Sent, and not seen to be read yet. */
  readonly pending: boolean;
  /** When it is sent again, ms. */
  readonly nextAt: number | null;
  /** When it was sent again, ms: the last twenty times. */
  readonly resentAt: readonly number[];
  readonly attempts: number;
}

/** The sweeper's own column: by command id, and by timer. */
export interface Watch {
  readonly sent?: Readonly<Record<string, SentWatch>>;
  /** By `name/arming`: the ends of the reply topics when it fell due, then when it was fired. */
  readonly timers?: Readonly<
    Record<string, { readonly ends: Readonly<Record<string, number>>; readonly firedAt?: number }>
  >;
  /** Found to stand still beyond its state's normal; it holds while the saga's version is this one. */
  readonly stalled?: Stalled;
}

/** A silent stall: too long in a state, and nobody says why. */
export interface Stalled {
  readonly version: number;
  /** When it was found, ms. */
  readonly since: number;
}

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
  readonly fire: ReadonlyArray<{ name: string; arming: number }>;
  /** Publish the fact that begins the saga again. */
  readonly start: boolean;
  /** A silent stall was found, by this look. */
  readonly foundStalled: boolean;
  readonly watch: Watch;
  readonly lookAt: number;
}

const NOTHING = { resend: [], fire: [], start: false, foundStalled: false } as const;

/** The places a look at this saga needs: ends of all, and how far each group has read. */
export function placesOf(definition: Registered, due: Due): Array<{ group: string; place: Place }> {
  const { partition, version, tickets, paused } = due.row;
  if (paused) return [];
  if (version === 0) return [{ group: ENGINE_GROUP, place: { topic: startTopic(definition), partition } }];
  const channels = Object.values(tickets.awaiting).map(({ type }) => ({
    group: participantOf(definition, type).name,
    place: { topic: participantOf(definition, type).channel, partition },
  }));
  if (Object.keys(tickets.timers).length === 0) return channels;
  const replies = replyTopics(definition).map((topic) => ({
    group: ENGINE_GROUP,
    place: { topic, partition },
  }));
  return [...channels, ...replies];
}

/** Looks at one saga. `random` is in [0, 1). */
export function look(
  definition: Registered,
  due: Due,
  seen: Seen,
  nowMs: number,
  random: () => number,
): Decision {
  const { row } = due;
  if (row.paused) return { ...NOTHING, watch: due.watch, lookAt: nowMs + PAUSED_LOOK_MS };
  const sent: Record<string, SentWatch> = {};
  const timers: Record<string, { ends: Readonly<Record<string, number>>; firedAt?: number }> = {};
  const resend: Array<{ commandId: string; version: number }> = [];
  const fire: Array<{ name: string; arming: number }> = [];
  const wakeAt: number[] = [];
  const patience = grow(FIRST_WAIT_MS, LONGEST_WAIT_MS, due.looks, random);
  let start = false;

  if (row.version === 0) {
    const topic = startTopic(definition);
    const { watch } = lookAtSent(
      due.watch.sent?.[START],
      seen.end(topic, row.partition),
      seen.read(ENGINE_GROUP, topic, row.partition),
      nowMs,
      random,
    );
    // An engine that has read past it would have begun this saga: it was never published. One that was parked is stuck,
    // and waits for a person: published again it would be parked again.
    start = !watch.pending && row.stuck === null;
    sent[START] = start ? sentAgain(watch, nowMs) : watch;
    wakeAt.push(nowMs + patience);
  }

  for (const [commandId, awaited] of Object.entries(row.tickets.awaiting)) {
    const { channel, name: group } = participantOf(definition, awaited.type);
    const looked = lookAtSent(
      due.watch.sent?.[commandId],
      seen.end(channel, row.partition),
      seen.read(group, channel, row.partition),
      nowMs,
      random,
    );
    if (looked.resend) resend.push({ commandId, version: awaited.version });
    const watch = looked.resend ? sentAgain(looked.watch, nowMs) : looked.watch;
    sent[commandId] = watch;
    wakeAt.push(watch.pending || watch.nextAt === null ? nowMs + patience : watch.nextAt);
  }

  for (const [name, timer] of Object.entries(row.tickets.timers)) {
    const dueAt = timerDue(definition, row.tickets, sent, timer);
    if (nowMs < dueAt) {
      wakeAt.push(dueAt);
      continue;
    }
    const key = `${name}/${timer.arming}`;
    const topics = replyTopics(definition);
    const ends =
      due.watch.timers?.[key]?.ends ?? Object.fromEntries(topics.map((t) => [t, seen.end(t, row.partition)]));
    const caughtUp = topics.every((t) => seen.read(ENGINE_GROUP, t, row.partition) >= (ends[t] ?? 0));
    if (caughtUp) fire.push({ name, arming: timer.arming });
    timers[key] = { ends, ...(caughtUp && { firedAt: nowMs }) };
    wakeAt.push(nowMs + patience);
  }

  const stallsAt = stallDue(definition, row, sent);
  const known = due.watch.stalled?.version === row.version ? due.watch.stalled : undefined;
  const isStalled = stallsAt !== null && nowMs >= stallsAt;
  const stalled = isStalled ? (known ?? { version: row.version, since: nowMs }) : undefined;
  if (stallsAt !== null && !isStalled) wakeAt.push(stallsAt);

  return {
    resend,
    fire,
    start,
    foundStalled: stalled !== undefined && known === undefined,
    watch: { sent, timers, ...(stalled !== undefined && { stalled }) },
    lookAt: Math.max(nowMs + SHORTEST_LOOK_MS, Math.min(...wakeAt, nowMs + LONGEST_RESEND_MS)),
  };
}

/** Brings what is known of a sent message up to date, and says whether it is time to send it again. */
function lookAtSent(
  known: SentWatch | undefined,
  end: number,
  read: number,
  nowMs: number,
  random: () => number,
): { watch: SentWatch; resend: boolean } {
  const watch = known ?? { mark: null, readAt: null, pending: true, nextAt: null, resentAt: [], attempts: 0 };
  const mark = watch.mark ?? end;
  if (watch.pending) {
    if (read < mark) return { watch: { ...watch, mark }, resend: false };
    const nextAt = nowMs + grow(FIRST_RESEND_MS, LONGEST_RESEND_MS, watch.attempts, random);
    return {
      watch: { ...watch, mark, pending: false, readAt: watch.readAt ?? nowMs, nextAt },
      resend: false,
    };
  }
  return { watch, resend: watch.nextAt !== null && nowMs >= watch.nextAt };
}

function sentAgain(watch: SentWatch, nowMs: number): SentWatch {
  return {
    ...watch,
    mark: null,
    pending: true,
    nextAt: null,
    attempts: watch.attempts + 1,
    resentAt: [...watch.resentAt, nowMs].slice(-KEPT_RESENDS),
  };
}

/**
 * When a timer is due: its delay after the awaited command was read; unread, only the second limit counts. The undo of a
 * late success stands beside the state and its timer.
 */
export function timerDue(
  definition: Registered,
  tickets: Tickets,
  sent: Readonly<Record<string, SentWatch>>,
  timer: { at: number; delayMs: number },
): number {
  const commands = stepsCommands(tickets);
  if (commands.length === 0) return timer.at;
  const issuedAt = Math.min(...commands.map(([, awaited]) => awaited.issuedAt));
  const limit = Math.max(issuedAt, tickets.clockFrom ?? 0) + definition.secondLimitMs;
  const from = clockStart(tickets, sent, 0);
  return from === null ? limit : Math.min(limit, from + timer.delayMs);
}

/** The awaited commands of the state itself. */
function stepsCommands({ awaiting }: Tickets) {
  return Object.entries(awaiting).filter(([, awaited]) => !awaited.late);
}

/**
 * When the step's clock started, ms: the last of its commands was read, or a person had it begin anew; later by every
 * pause since. Null while one is unread; `earliest` when nothing is awaited.
 */
function clockStart(
  tickets: Tickets,
  sent: Readonly<Record<string, SentWatch>>,
  earliest: number,
): number | null {
  const readAts = stepsCommands(tickets).map(([id]) => sent[id]?.readAt ?? null);
  if (readAts.includes(null)) return null;
  const from = Math.max(earliest, tickets.clockFrom ?? 0, ...readAts.map(Number));
  const stood = (tickets.stood ?? []).filter((pause) => pause.from >= from);
  return from + stood.reduce((sum, { ms }) => sum + ms, 0);
}

/**
 * When a saga counts as stalled, ms: its state's normal after the step's clock started. Null where the definition names
 * none, where a command is still unread, and where somebody has said what is wrong: that is trouble, or a mark.
 */
function stallDue(
  definition: Registered,
  row: SagaRow,
  sent: Readonly<Record<string, SentWatch>>,
): number | null {
  const normalMs = definition.normalMs?.(row.state);
  if (normalMs === undefined || row.version === 0 || row.stuck !== null) return null;
  const since = row.stateSince.getTime();
  if (row.trouble !== null && Date.parse(row.trouble.at) >= since) return null;
  const from = clockStart(row.tickets, sent, since);
  return from === null ? null : from + normalMs;
}

/** Whether a saga is marked as stalled now: whatever moved it since has cleared the mark. */
export function stalledNow(row: Pick<SagaRow, 'version'>, { stalled }: Watch): Stalled | null {
  return stalled?.version === row.version ? stalled : null;
}

/** A delay that doubles, up to a cap, with a fifth of jitter. */
function grow(first: number, longest: number, times: number, random: () => number): number {
  const base = Math.min(longest, first * 2 ** Math.min(times, 20));
  return Math.round(base * (0.9 + 0.2 * random()));
}

function startTopic(definition: Registered): string {
  return definition.facts[definition.startedBy]?.topic ?? '';
}

function participantOf(definition: Registered, type: string) {
  const contract = definition.commands[type]?.contract;
  if (contract === undefined) throw new Error(`${definition.name} has no command ${type}`);
  return contract;
}

/** The times a command was sent again, from the sweeper's column, for people to read. */
export function resendsOf(watch: Watch, sagaId: string): Array<{ commandId: string; at: number }> {
  return Object.entries(watch.sent ?? {})
    .filter(([id]) => commandTypeOf(id, sagaId) !== null)
    .flatMap(([commandId, { resentAt }]) => resentAt.map((at) => ({ commandId, at })));
}
