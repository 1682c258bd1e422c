import { expect } from 'chai';
import type { FlowSample } from './flow-rates.ts';
import { type EndsSample, groupLags } from './group-lags.ts';

const EVERY_MS = 2_500;
const START_MS = 3_600_000;

/** Samples of one topic, every 2.5 s. @param positions of each partition `[end, readTo]`, in turn */
const samplesOf = (
  positions: ReadonlyArray<ReadonlyArray<readonly [number, number]>>,
  members: number | null = 2,
): FlowSample[] =>
  positions.map((partitions, n) => ({
    atMs: START_MS + n * EVERY_MS,
    groups: members === null ? [] : [{ group: 'payment', members }],
    places: partitions.map(([end, readTo], partition) => ({
      ...{ group: 'payment', topic: 'requested', partition },
      ...{ end, readTo },
    })),
  }));
const lagOf = (samples: readonly FlowSample[], older: readonly EndsSample[] = []) => {
  const [lag] = groupLags(samples, older);
  if (lag === undefined) throw new Error('no group was sampled');
  return lag;
};

describe('the lag of a group', () => {
  it('is what its partitions have unread, with the worst of them', () => {
    const lag = lagOf(
      samplesOf([
        [
          [10, 8],
          [30, 20],
          [5, 5],
        ],
      ]),
    );
    expect(lag).to.include({ group: 'payment', members: 2, end: 45, readTo: 33, lag: 12 });
    expect(lag.worst).to.include({ topic: 'requested', partition: 1, end: 30, readTo: 20, lag: 10 });
    expect(lag.topics).to.have.length(1);
    expect(lag.topics[0]).to.include({ topic: 'requested', partitions: 3, lag: 12 });
  });

  it('has no worst partition where all is read, and no members where no coordinator answered', () => {
    expect(lagOf(samplesOf([[[7, 7]]], null))).to.include({ lag: 0, worst: null, members: null });
  });

  it('is of no group before the first sample', () => {
    expect(groupLags([], [])).to.deep.equal([]);
  });

  it('has the rates of the last minute, once there are five seconds of it', () => {
    const rising = Array.from({ length: 25 }, (_, n): Array<[number, number]> => [[n * 50, n * 25]]);
    expect(lagOf(samplesOf(rising))).to.include({ readPerSecond: 10, writtenPerSecond: 20 });
    expect(lagOf(samplesOf(rising.slice(0, 2)))).to.include({ readPerSecond: null, writtenPerSecond: null });
    // What was sampled before a long silence of the brokers is no part of the last minute.
    const [first, ...rest] = samplesOf(rising);
    const gap = [{ ...(first as FlowSample), atMs: 0 }, ...rest];
    expect(lagOf(gap)).to.include({ readPerSecond: 10 });
  });
});

describe('the age of the oldest unread message', () => {
  it('is none where all is read', () => {
    expect(lagOf(samplesOf([[[7, 7]]])).oldest).to.deep.equal({ waitedMs: 0, atLeastMs: 0 });
  });

  it('is the time since the log last ended where the group has read to', () => {
    const samples = samplesOf([[[10, 10]], [[20, 10]], [[30, 10]]]);
    expect(lagOf(samples).oldest).to.deep.equal({ waitedMs: 5_000, atLeastMs: 5_000 });
    // It reads on: the next unread one was written later.
    const read = [...samples, ...samplesOf([[[30, 20]]]).map((one) => ({ ...one, atMs: START_MS + 7_500 }))];
    expect(lagOf(read).oldest).to.deep.equal({ waitedMs: 5_000, atLeastMs: 5_000 });
  });

  it('is that of the partition whose message has waited longest', () => {
    const samples = samplesOf([
      [
        [10, 10],
        [10, 10],
      ],
      [
        [11, 10],
        [10, 10],
      ],
      [
        [11, 10],
        [99, 10],
      ],
    ]);
    const { oldest, worst } = lagOf(samples);
    expect(oldest.waitedMs).to.equal(5_000);
    expect(worst).to.deep.include({ partition: 1, oldest: { waitedMs: 2_500, atLeastMs: 2_500 } });
  });

  it('is known from the ends of the time before', () => {
    const older = [
      { atMs: START_MS - 60_000, ends: [5] },
      { atMs: START_MS - 45_000, ends: [8] },
    ];
    expect(lagOf(samplesOf([[[10, 7]]]), older).oldest.waitedMs).to.equal(60_000);
  });

  it('is unknown where the message was there before all samples', () => {
    expect(lagOf(samplesOf([[[10, 7]], [[12, 7]]])).oldest).to.deep.equal({
      waitedMs: null,
      atLeastMs: EVERY_MS,
    });
  });

  it('does not count a log that was replaced', () => {
    const older = [
      { atMs: START_MS - 60_000, ends: [0] },
      { atMs: START_MS - 45_000, ends: [500] },
    ];
    expect(lagOf(samplesOf([[[3, 1]], [[4, 1]]]), older).oldest).to.deep.equal({
      waitedMs: null,
      atLeastMs: EVERY_MS,
    });
  });
});
