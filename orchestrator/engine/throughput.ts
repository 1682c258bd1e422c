/** Counts the sagas that one engine starts and ends, minute by minute, and how long those took that ended. */
import type { Move } from './ports.ts';

export const MINUTE_MS = 60_000;
/** An hour, and the minute that is not over. */
const KEPT_MINUTES = 61;
/** Classes in which a duration doubles: each is 19 % wide. */
const CLASSES_PER_DOUBLING = 4;
/** The last class holds everything beyond a year. */
const LAST_CLASS = 140;

/** How many sagas are in each class of duration. */
export type Durations = Readonly<Record<string, number>>;

export interface MinuteCounts {
  /** Since 1970. */
  readonly minute: number;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  /** Of those that ended, from their acceptance. */
  readonly durations: Durations;
}

/** What an engine has counted, as its report has it. */
export interface Counts {
  /** Before it the engine did not run. */
  readonly sinceMs: number;
  /** Minutes in which something was counted. */
  readonly minutes: readonly MinuteCounts[];
}

export interface Throughput {
  /** Counts durable moves, each once. */
  count(moves: readonly Move[], nowMs: number): void;
  /** Of the last hour. */
  counts(nowMs: number): Counts;
}

type Counting = { -readonly [Key in keyof MinuteCounts]: MinuteCounts[Key] } & {
  durations: Record<string, number>;
};

/** Begins to count. */
export function countThroughput(sinceMs: number): Throughput {
  const minutes = new Map<number, Counting>();
  const at = (ms: number): Counting => {
    const minute = Math.floor(ms / MINUTE_MS);
    const found = minutes.get(minute) ?? { minute, started: 0, completed: 0, failed: 0, durations: {} };
    minutes.set(minute, found);
    return found;
  };
  const prune = (nowMs: number) => {
    const oldest = Math.floor(nowMs / MINUTE_MS) - KEPT_MINUTES + 1;
    for (const minute of minutes.keys()) if (minute < oldest) minutes.delete(minute);
  };
  return {
    count(moves, nowMs) {
      for (const { before, after } of moves) {
        if (before.version === 0) at(nowMs).started += 1;
        if (after.endedAt === null || before.endedAt !== null) continue;
        const counts = at(nowMs);
        if (after.status === 'completed') counts.completed += 1;
        else counts.failed += 1;
        const duration = classOf(after.endedAt.getTime() - after.createdAt.getTime());
        counts.durations[duration] = (counts.durations[duration] ?? 0) + 1;
      }
      prune(nowMs);
    },
    counts(nowMs) {
      prune(nowMs);
      return { sinceMs, minutes: [...minutes.values()] };
    },
  };
}

/** The class of a duration: of all whole numbers the least n with ms ≤ 2^(n/4). */
function classOf(ms: number): number {
  return Math.min(LAST_CLASS, Math.max(0, Math.ceil(CLASSES_PER_DOUBLING * Math.log2(Math.max(1, ms)))));
}

/** The duration within which a share of the sagas ended: the middle of its class, so exact to 9 %. Null: none ended. */
export function quantileOf(durations: Durations, share: number): number | null {
  const classes = Object.entries(durations)
    .map(([name, sagas]) => ({ class: Number(name), sagas }))
    .sort((a, b) => a.class - b.class);
  let left = share * classes.reduce((sum, { sagas }) => sum + sagas, 0);
  for (const { class: one, sagas } of classes) {
    left -= sagas;
    if (left <= 0) return Math.round(2 ** ((one - 0.5) / CLASSES_PER_DOUBLING));
  }
  return null;
}
