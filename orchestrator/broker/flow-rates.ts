/** The speed of groups on their topics, from samples of their positions. Pure. */
import type { GroupMembers, GroupPace, TopicFlow } from '#engine/why/observations.ts';

export interface PlaceSample {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly end: number;
  readonly readTo: number;
}

/** All positions at one moment. */
export interface FlowSample {
  readonly atMs: number;
  readonly places: readonly PlaceSample[];
  /** Without groups that no coordinator described. */
  readonly groups: readonly GroupMembers[];
}

/** A speed is that of the last seconds, where something moved in them. */
const RECENT_MS = 10_000;
/** A speed is not measured over less. */
const SHORTEST_MS = 5_000;
/** Only what has not moved for so long counts as standing still. */
const STANDSTILL_MS = 30_000;
/** A group that has moved for less has only begun to: it may reach a partition later than others. */
const MOVED_BEFORE_MS = 20_000;

/** The flows of one partition number, from samples in the order of time. */
export function flowsAt(samples: readonly FlowSample[], partition: number): TopicFlow[] {
  const last = samples.at(-1);
  if (last === undefined) return [];
  const byTopic = Map.groupBy(last.places, ({ group, topic }) => `${group} ${topic}`);
  return [...byTopic.values()].flatMap((places): TopicFlow[] => {
    const own = places.find((one) => one.partition === partition);
    if (own === undefined) return [];
    const { group, topic, end, readTo } = own;
    const of = (only: number | null, value: (place: PlaceSample) => number) => (sample: FlowSample) =>
      sample.places.reduce(
        (sum, one) =>
          one.group === group && one.topic === topic && (only === null || one.partition === only)
            ? sum + value(one)
            : sum,
        0,
      );
    const readOf = (place: PlaceSample) => place.readTo;
    const allRead = of(null, readOf);
    const allUnread = of(null, (place) => place.end - place.readTo);
    const allEnds = of(null, (place) => place.end);
    return [
      {
        group,
        topic,
        end,
        readTo,
        perSecond: rateOf(samples, of(partition, readOf)),
        allUnread: allUnread(last),
        allPerSecond: rateOf(samples, allRead),
        allReadSinceMs: sinceOf(samples, (sample) => allRead(sample) === allRead(last)),
        allUnreadSinceMs: allUnread(last) > 0 ? sinceOf(samples, (sample) => allUnread(sample) > 0) : null,
        hasMovedBefore: hasMoved(samples, allRead),
        allWrittenPerSecond: writtenOf(samples, allEnds),
        allWritten: lastGrowthOf(samples, allEnds),
      },
    ];
  });
}

/** The pace of each group over all of its topics. A topic that does not move yet, of one that does, is no reason not to know it. */
export function pacesOf(samples: readonly FlowSample[]): GroupPace[] {
  const groups = new Set(samples.at(-1)?.places.map(({ group }) => group));
  return [...groups].map((group) => {
    const allRead = (sample: FlowSample) =>
      sample.places.reduce((sum, one) => (one.group === group ? sum + one.readTo : sum), 0);
    const steady = samplesOfPresent(samples, group, allRead);
    const perSecond = rateOf(steady, allRead);
    const rates = [...windowsOf(steady, allRead), ...(perSecond === null ? [] : [perSecond])];
    return {
      group,
      perSecond,
      slowestPerSecond: rates.length === 0 ? 0 : Math.min(...rates),
      fastestPerSecond: Math.max(0, ...rates),
      peakPerSecond: peakOf(steady, allRead),
    };
  });
}

/** A second's growth of a position in each of the windows of the last half minute, since it began to grow. */
function windowsOf(samples: readonly FlowSample[], position: (sample: FlowSample) => number): number[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const began = samples.findLastIndex((sample) => position(sample) === position(first));
  const moving = samples.slice(began).filter(({ atMs }) => last.atMs - atMs <= STANDSTILL_MS);
  return moving.flatMap((to) => {
    const from = moving.findLast(({ atMs }) => to.atMs - atMs >= RECENT_MS);
    if (from === undefined) return [];
    return [Math.max(0, position(to) - position(from)) / ((to.atMs - from.atMs) / 1000)];
  });
}

/**
 * A second's growth of a position; 0 only after a long standstill, null while neither is known. What has just begun to move is measured
 * from there.
 */
function rateOf(samples: readonly FlowSample[], position: (sample: FlowSample) => number): number | null {
  const last = samples.at(-1);
  if (last === undefined) return null;
  const to = position(last);
  const since = (ms: number) => samples.findLastIndex(({ atMs }) => last.atMs - atMs >= ms);
  const growth = (from: FlowSample) => Math.max(0, to - position(from)) / ((last.atMs - from.atMs) / 1000);
  const recent = since(RECENT_MS);
  const from = samples[recent];
  if (from !== undefined && growth(from) > 0) {
    const window = samples.slice(recent, since(SHORTEST_MS) + 1);
    return growth(window.findLast((one) => position(one) === position(from)) ?? from);
  }
  const long = samples[since(STANDSTILL_MS)];
  return long === undefined ? null : growth(long);
}

/** The fastest growth of a position between two samples. */
function peakOf(samples: readonly FlowSample[], position: (sample: FlowSample) => number): number {
  return samples.slice(1).reduce((peak, sample, index) => {
    const before = samples[index] as FlowSample;
    const seconds = (sample.atMs - before.atMs) / 1000;
    return seconds <= 0 ? peak : Math.max(peak, (position(sample) - position(before)) / seconds);
  }, 0);
}

/** A second's growth over the last few seconds, 0 as well, for what has ceased to come is no load; null: not observed for so long. */
function writtenOf(samples: readonly FlowSample[], position: (sample: FlowSample) => number): number | null {
  const last = samples.at(-1);
  const from = samples.findLast(({ atMs }) => (last?.atMs ?? 0) - atMs >= SHORTEST_MS);
  if (last === undefined || from === undefined) return null;
  return Math.max(0, position(last) - position(from)) / ((last.atMs - from.atMs) / 1000);
}

/** Whether a position grew after the beginning of a standstill's time and long enough ago. */
function hasMoved(samples: readonly FlowSample[], position: (sample: FlowSample) => number): boolean {
  const ago = (ms: number) => samples.findLast(({ atMs }) => (samples.at(-1)?.atMs ?? 0) - atMs >= ms);
  const [from, to] = [ago(STANDSTILL_MS), ago(MOVED_BEFORE_MS)];
  return from !== undefined && to !== undefined && position(to) > position(from);
}

/** The samples since a member of the group last came or went, with those before in which the group read nothing. */
function samplesOfPresent(
  samples: readonly FlowSample[],
  group: string,
  position: (sample: FlowSample) => number,
): readonly FlowSample[] {
  const membersOf = (sample: FlowSample) => sample.groups.find((one) => one.group === group)?.members;
  const present = samples.map(membersOf).findLast((members) => members !== undefined);
  const changed = samples.findLastIndex((sample) => (membersOf(sample) ?? present) !== present);
  const at = samples.slice(changed, changed + 1).map(position)[0];
  const moved = samples.findLastIndex((sample, index) => index <= changed && position(sample) !== at);
  return changed < 0 || position(samples[changed + 1] as FlowSample) !== at
    ? samples.slice(changed + 1)
    : samples.slice(moved + 1);
}

/** The time of the first of the latest samples of which all are so. */
function sinceOf(samples: readonly FlowSample[], isSo: (sample: FlowSample) => boolean): number {
  const before = samples.findLastIndex((sample) => !isSo(sample));
  return samples[before + 1]?.atMs ?? 0;
}

/** The last two samples between which a position grew. */
function lastGrowthOf(
  samples: readonly FlowSample[],
  position: (sample: FlowSample) => number,
): TopicFlow['allWritten'] {
  const by = samples.findLastIndex(
    (sample, index) => index > 0 && position(sample) > position(samples[index - 1] as FlowSample),
  );
  const [after, until] = [samples[by - 1], samples[by]];
  return after === undefined || until === undefined ? null : { afterMs: after.atMs, byMs: until.atMs };
}
