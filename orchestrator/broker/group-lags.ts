/** How far groups are behind on their topics, how fast they read, and how long the oldest unread message waits: from samples. Pure. */
import type { FlowSample, PlaceSample } from './flow-rates.ts';

/** Where each place's log ended at one moment, in the order of the samples' places. */
export interface EndsSample {
  readonly atMs: number;
  readonly ends: readonly number[];
}

/** How long the oldest unread message has waited. */
export interface OldestUnread {
  /** ms, exact to the time between two samples; 0: all is read. Null: it was unread before the first sample that is kept. */
  readonly waitedMs: number | null;
  /** The same where that is known; else the time since the first sample that is kept. */
  readonly atLeastMs: number;
}

/** A group in one partition. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  readonly end: number;
  readonly readTo: number;
  readonly lag: number;
  readonly oldest: OldestUnread;
}

/** A group on one topic, or on several together: sums over their partitions. */
export interface SummedLag {
  readonly end: number;
  readonly readTo: number;
  readonly lag: number;
  /** Messages a second over the last minute, or since the first sample; null: that is too short a time. */
  readonly readPerSecond: number | null;
  readonly writtenPerSecond: number | null;
  readonly oldest: OldestUnread;
  /** The partition with most unread messages; null: all are read. */
  readonly worst: PartitionLag | null;
}

export interface TopicLag extends SummedLag {
  readonly topic: string;
  readonly partitions: number;
}

export interface GroupLag extends SummedLag {
  readonly group: string;
  /** Null: no coordinator described the group. */
  readonly members: number | null;
  readonly topics: readonly TopicLag[];
}

/** The time over which a rate is measured, a sample's delay included. */
const RATE_MS = 65_000;
/** A rate is not measured over less. */
const SHORTEST_MS = 5_000;

/**
 * The lag of each group as last sampled.
 * @param samples the latest, in the order of time
 * @param older ends of the time before, sampled more rarely, in the order of time
 */
export function groupLags(samples: readonly FlowSample[], older: readonly EndsSample[]): GroupLag[] {
  const last = samples.at(-1);
  if (last === undefined) return [];
  const history: EndsSample[] = [
    ...older,
    ...samples.map(({ atMs, places }) => ({ atMs, ends: places.map(({ end }) => end) })),
  ];
  const lags = last.places.map((place, index) => ({ place, lag: partitionLag(place, index, history) }));
  const byGroup = Map.groupBy(lags, ({ place }) => place.group);
  return [...byGroup].map(([group, ofGroup]) => ({
    group,
    members: last.groups.find((one) => one.group === group)?.members ?? null,
    ...summed(
      samples,
      ofGroup.map(({ lag }) => lag),
      (place) => place.group === group,
    ),
    topics: [...Map.groupBy(ofGroup, ({ place }) => place.topic)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.length,
      ...summed(
        samples,
        ofTopic.map(({ lag }) => lag),
        (place) => place.group === group && place.topic === topic,
      ),
    })),
  }));
}

function partitionLag(place: PlaceSample, index: number, history: readonly EndsSample[]): PartitionLag {
  const { topic, partition, end, readTo } = place;
  return { topic, partition, end, readTo, lag: end - readTo, oldest: oldestOf(place, index, history) };
}

/** The first message beyond `readTo` was written after the last sample in which the log ended at `readTo` or before. */
function oldestOf({ end, readTo }: PlaceSample, index: number, history: readonly EndsSample[]): OldestUnread {
  if (readTo >= end) return { waitedMs: 0, atLeastMs: 0 };
  const nowMs = history.at(-1)?.atMs ?? 0;
  let sinceMs = nowMs;
  for (let n = history.length - 1; n >= 0; n--) {
    const { atMs, ends } = history[n] as EndsSample;
    const endThen = ends[index] ?? 0;
    // A log that ended further on was another one, which this one has replaced.
    if (endThen > end) break;
    sinceMs = atMs;
    if (endThen <= readTo) return { waitedMs: nowMs - sinceMs, atLeastMs: nowMs - sinceMs };
  }
  return { waitedMs: null, atLeastMs: nowMs - sinceMs };
}

function summed(
  samples: readonly FlowSample[],
  lags: readonly PartitionLag[],
  isPart: (place: PlaceSample) => boolean,
): SummedLag {
  const sum = (value: (lag: PartitionLag) => number) => lags.reduce((all, one) => all + value(one), 0);
  const unread = lags.filter(({ lag }) => lag > 0);
  const isKnown = unread.every(({ oldest }) => oldest.waitedMs !== null);
  const atLeastMs = Math.max(0, ...unread.map(({ oldest }) => oldest.atLeastMs));
  const rate = (value: (place: PlaceSample) => number) =>
    rateOf(samples, ({ places }) =>
      places.reduce((all, place) => (isPart(place) ? all + value(place) : all), 0),
    );
  return {
    end: sum(({ end }) => end),
    readTo: sum(({ readTo }) => readTo),
    lag: sum(({ lag }) => lag),
    readPerSecond: rate(({ readTo }) => readTo),
    writtenPerSecond: rate(({ end }) => end),
    oldest: { waitedMs: isKnown ? atLeastMs : null, atLeastMs },
    worst: unread.toSorted((a, b) => b.lag - a.lag)[0] ?? null,
  };
}

function rateOf(samples: readonly FlowSample[], position: (sample: FlowSample) => number): number | null {
  const last = samples.at(-1);
  const first = samples.find(({ atMs }) => (last?.atMs ?? 0) - atMs <= RATE_MS);
  if (last === undefined || first === undefined || last.atMs - first.atMs < SHORTEST_MS) return null;
  return Math.max(0, position(last) - position(first)) / ((last.atMs - first.atMs) / 1000);
}
