import { expect } from 'chai';
import { type FlowSample, flowsAt, type PlaceSample, pacesOf } from './flow-rates.ts';

/** Samples of one topic with two partitions, every 2.5 s. @param read by partition how far its reader is, in turn */
const samplesOf = (
  read: ReadonlyArray<readonly [number, number]>,
  end = 1_000,
  members: readonly number[] = [],
): FlowSample[] =>
  read.map((readTo, n) => ({
    atMs: n * 2_500,
    groups: members[n] === undefined ? [] : [{ group: 'payment', members: members[n] }],
    places: readTo.map((one, partition) => ({
      group: 'payment',
      topic: 'requested',
      partition,
      end,
      readTo: one,
    })),
  }));
const rising = (count: number, each: number) =>
  Array.from({ length: count }, (_, n): [number, number] => [n * each, 0]);

describe('the speed of groups', () => {
  it('is that of the last ten seconds, in one partition and in all', () => {
    const [flow] = flowsAt(samplesOf(rising(5, 25)), 0);
    expect(flow).to.include({
      readTo: 100,
      perSecond: 10,
      allUnread: 1_900,
      allPerSecond: 10,
    });
  });

  it('is unknown until something was observed for long enough', () => {
    const [flow] = flowsAt(samplesOf(rising(3, 25)), 0);
    expect(flow).to.include({ perSecond: null, allPerSecond: null });
  });

  it('is none only after half a minute without a record', () => {
    const still = (count: number) => samplesOf(Array.from({ length: count }, () => [7, 0] as const));
    expect(flowsAt(still(12), 0)[0]).to.include({ perSecond: null });
    expect(flowsAt(still(13), 0)[0]).to.include({ perSecond: 0 });
    // The other partition moves, so the group does.
    const [flow] = flowsAt(samplesOf(rising(13, 25)), 1);
    expect(flow).to.include({ perSecond: 0, allPerSecond: 10 });
  });

  it('is measured from where it began to move, over five seconds at the least', () => {
    const began = samplesOf([
      [0, 0],
      [0, 0],
      [0, 0],
      [50, 0],
      [100, 0],
    ]);
    expect(flowsAt(began, 0)[0]).to.include({ perSecond: 20 });
    const just = samplesOf([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [50, 0],
    ]);
    expect(flowsAt(just, 0)[0]).to.include({ perSecond: 10 });
  });

  it('knows the fastest moment of the last minute', () => {
    const samples = samplesOf([
      [0, 0],
      [500, 0],
      [500, 0],
      [500, 0],
      [500, 0],
      [525, 0],
    ]);
    expect(pacesOf(samples)[0]).to.include({ peakPerSecond: 200, perSecond: 5 });
    expect(flowsAt(samples, 0)[0]?.allPerSecond).to.equal(5);
  });

  it('knows whether a group has moved for a while, or has only begun to', () => {
    const still = Array.from({ length: 9 }, (): [number, number] => [0, 0]);
    const moving = Array.from({ length: 6 }, (_, n): [number, number] => [n + 1, 0]);
    expect(flowsAt(samplesOf([...still, ...moving]), 1)[0]).to.include({ hasMovedBefore: false });
    expect(flowsAt(samplesOf(rising(15, 5)), 1)[0]).to.include({ hasMovedBefore: true });
  });

  it('is that of the group as it is now: a member that goes or comes makes another of it', () => {
    const moving = rising(12, 500);
    const same = samplesOf(moving, 10_000, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(pacesOf(same)[0]).to.include({ perSecond: 200, peakPerSecond: 200 });
    // One that no coordinator described has not changed.
    const undescribed = same.map((sample, n) => (n === 9 ? { ...sample, groups: [] } : sample));
    expect(pacesOf(undescribed)[0]).to.include({ perSecond: 200 });
    const lost = samplesOf(moving, 10_000, [2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1]);
    expect(pacesOf(lost)[0]).to.include({ perSecond: null });
    expect(flowsAt(lost, 0)[0]).to.include({ allPerSecond: 200 });
    const later = samplesOf(moving, 10_000, [2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1]);
    expect(pacesOf(later)[0]).to.include({ perSecond: 200 });
    // One that begins after a standstill is measured from there, whoever stood still.
    const began = [...Array.from({ length: 8 }, (): [number, number] => [0, 0]), ...rising(3, 500)];
    expect(pacesOf(samplesOf(began, 10_000, [1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1]))[0]).to.include({
      perSecond: 200,
    });
  });

  it('of all topics of a group is known as soon as one of them moves', () => {
    const samples = samplesOf(rising(5, 500), 10_000).map((sample) => ({
      ...sample,
      places: [...sample.places, { ...(sample.places[1] as PlaceSample), topic: 'answered' }],
    }));
    expect(flowsAt(samples, 0).map(({ allPerSecond }) => allPerSecond)).to.deep.equal([200]);
    expect(flowsAt(samples, 1).map(({ allPerSecond }) => allPerSecond)).to.deep.equal([200, null]);
    expect(pacesOf(samples)).to.deep.equal([
      { group: 'payment', perSecond: 200, slowestPerSecond: 200, fastestPerSecond: 200, peakPerSecond: 200 },
    ]);
  });

  it('has a slowest and a fastest of the last half minute, since it began to move', () => {
    const still = Array.from({ length: 6 }, (): [number, number] => [0, 0]);
    const fast = Array.from({ length: 5 }, (_, n): [number, number] => [(n + 1) * 500, 0]);
    const slow = Array.from({ length: 4 }, (_, n): [number, number] => [2_500 + (n + 1) * 125, 0]);
    expect(pacesOf(samplesOf([...still, ...fast, ...slow], 10_000))[0]).to.include({
      ...{ perSecond: 50, slowestPerSecond: 50, fastestPerSecond: 200 },
    });
  });

  it('knows since when there is something to read, and since when nothing was read', () => {
    const [read] = flowsAt(samplesOf([...rising(3, 25), [50, 0], [50, 0]]), 0);
    expect(read).to.include({ allReadSinceMs: 5_000, allUnreadSinceMs: 0 });
    // All was read in between.
    const came = samplesOf([
      [9, 9],
      [9, 9],
      [9, 9],
    ]).map((sample, n) => ({
      ...sample,
      places: sample.places.map((one) => ({ ...one, end: n < 1 ? 9 : 12 })),
    }));
    expect(flowsAt(came, 0)[0]).to.include({ allReadSinceMs: 0, allUnreadSinceMs: 2_500 });
    expect(flowsAt(came.slice(0, 1), 0)[0]).to.include({ allUnreadSinceMs: null });
  });

  it('knows between which observations something was last written', () => {
    const ends = [5, 5, 8, 9, 9, 9];
    const samples = samplesOf(ends.map(() => [5, 5])).map((sample, n) => ({
      ...sample,
      places: sample.places.map((one) => ({ ...one, end: one.partition === 0 ? (ends[n] ?? 0) : 5 })),
    }));
    expect(flowsAt(samples, 1)[0]?.allWritten).to.deep.equal({ afterMs: 5_000, byMs: 7_500 });
    expect(flowsAt(samples.slice(0, 2), 1)[0]?.allWritten).to.equal(null);
  });

  it('gives nothing of a partition that nobody observes', () => {
    expect(flowsAt([], 0)).to.deep.equal([]);
    expect(flowsAt(samplesOf([[1, 1]]), 7)).to.deep.equal([]);
  });
});
