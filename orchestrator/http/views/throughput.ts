/** The view of throughput: what all engines together started and ended, minute by minute. Pure. */
import * as z from 'zod';
import { type Durations, MINUTE_MS, type MinuteCounts, quantileOf } from '#engine/throughput.ts';
import type { Counted } from '#orchestrator/store/throughput-store.ts';
import { count, instant, type View } from '#platform/http/schemas.ts';

const minuteCounts = z
  .object({
    at: instant.describe('When the minute began.'),
    isOver: z.boolean().describe('False: it is the present one, and its numbers grow.'),
    started: count,
    completed: count,
    failed: count.describe('Ended as `failed`: all that was done is undone.'),
    duration: z
      .object({ p50Ms: count, p95Ms: count, p99Ms: count })
      .nullable()
      .describe('From acceptance to the end, of the sagas that ended in it; exact to 9 %. Null: none ended.'),
  })
  .meta({ id: 'MinuteOfThroughput', description: 'What began and ended in one minute.' });

export const throughputAnswer = z
  .object({
    asOf: instant,
    countedSince: instant
      .nullable()
      .describe(
        'No engine that ran within the last hour began to count earlier. Null: none counts. There are no minutes before it.',
      ),
    uncountedEngines: count.describe(
      'Live engines of a build that does not count: what they do is in no number here.',
    ),
    isPartial: z.boolean().describe('More engines ran than are read: there is more.'),
    minutes: z.array(minuteCounts).describe('Oldest first, without gaps.'),
  })
  .meta({ id: 'Throughput' });

/** @param minutes how many, with the present one */
export function throughputView(
  { counts, uncounted, isPartial }: Counted,
  at: Date,
  minutes: number,
): View<typeof throughputAnswer> {
  const sinceMs = counts.length === 0 ? null : Math.min(...counts.map((one) => one.sinceMs));
  const byMinute = Map.groupBy(
    counts.flatMap((one) => one.minutes),
    ({ minute }) => minute,
  );
  const present = minuteOf(at.getTime());
  const first = sinceMs === null ? present + 1 : Math.max(present - minutes + 1, minuteOf(sinceMs));
  const shown = Array.from({ length: Math.max(0, present - first + 1) }, (_, i) => first + i);
  return {
    asOf: at,
    countedSince: sinceMs === null ? null : new Date(sinceMs),
    uncountedEngines: uncounted,
    isPartial,
    minutes: shown.map((minute) => ({
      at: new Date(minute * MINUTE_MS),
      isOver: minute < present,
      ...summed(byMinute.get(minute) ?? []),
    })),
  };
}

const minuteOf = (ms: number) => Math.floor(ms / MINUTE_MS);

/** What several engines counted in one minute. */
function summed(parts: readonly MinuteCounts[]) {
  const sum = (of: (part: MinuteCounts) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    started: sum(({ started }) => started),
    completed: sum(({ completed }) => completed),
    failed: sum(({ failed }) => failed),
    duration: durationOf(parts.map(({ durations }) => durations)),
  };
}

function durationOf(parts: readonly Durations[]) {
  const all: Record<string, number> = {};
  for (const part of parts)
    for (const [name, sagas] of Object.entries(part)) all[name] = (all[name] ?? 0) + sagas;
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => quantileOf(all, share)) as [
    number | null,
    number | null,
    number | null,
  ];
  return p50Ms === null || p95Ms === null || p99Ms === null ? null : { p50Ms, p95Ms, p99Ms };
}
