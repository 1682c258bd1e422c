import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { timestampMerge } from './timestamp-merge.ts';

const record = (partition: number, offset: number, timestamp: number): InRecord => ({
  topic: 'topic',
  partition,
  offset,
  key: null,
  value: null,
  timestamp,
});

const times = (records: readonly InRecord[]) => records.map(({ timestamp }) => timestamp);
const behind =
  (...partitions: number[]) =>
  (partition: number) =>
    partitions.includes(partition);

describe('timestampMerge', () => {
  it('returns records at once when no partition has unread records', () => {
    const merge = timestampMerge();
    merge.begin([0, 1]);
    merge.put([record(0, 0, 30), record(1, 0, 10)], behind(), 0);
    expect(times(merge.take(10))).to.deep.equal([10, 30]);
  });

  it('holds records back while a partition with unread records may contain an earlier one', () => {
    const merge = timestampMerge();
    merge.begin([0, 1]);
    merge.put([record(0, 0, 10), record(0, 1, 50)], behind(1), 0);
    expect(merge.take(10)).to.deep.equal([]);
    merge.put([record(1, 0, 20)], behind(1), 1);
    expect(times(merge.take(10))).to.deep.equal([10, 20]);
    merge.put([record(1, 1, 40)], behind(), 2);
    expect(times(merge.take(10))).to.deep.equal([40, 50]);
  });

  it('keeps the order of offsets where a broker’s clock went back', () => {
    const merge = timestampMerge();
    merge.begin([0, 1]);
    merge.put([record(0, 0, 50), record(0, 1, 10), record(1, 0, 20)], behind(), 0);
    expect(merge.take(10).map(({ partition, offset }) => [partition, offset])).to.deep.equal([
      [1, 0],
      [0, 0],
      [0, 1],
    ]);
  });

  it('waits 500 ms for a partition that delivers nothing, and no more until it does', () => {
    const merge = timestampMerge();
    merge.begin([0, 1]);
    merge.put([record(0, 0, 10)], behind(1), 0);
    merge.put([], behind(1), 499);
    expect(merge.take(10)).to.deep.equal([]);
    merge.put([], behind(1), 500);
    expect(times(merge.take(10))).to.deep.equal([10]);
    merge.put([record(0, 1, 20)], behind(1), 501);
    expect(times(merge.take(10))).to.deep.equal([20]);
    merge.put([record(1, 0, 5), record(0, 2, 30)], behind(1), 502);
    expect(times(merge.take(10))).to.deep.equal([5]);
  });

  it('waits for no partition once it holds 20,000 records', () => {
    const merge = timestampMerge();
    merge.begin([0, 1]);
    const many = Array.from({ length: 20_000 }, (_, i) => record(0, i, i));
    merge.put(many, behind(1), 0);
    expect(merge.take(100_000).length).to.equal(20_000);
  });

  it('returns at most `max` records, and the rest next time', () => {
    const merge = timestampMerge();
    merge.begin([0]);
    merge.put([record(0, 0, 1), record(0, 1, 2), record(0, 2, 3)], behind(), 0);
    expect(times(merge.take(2))).to.deep.equal([1, 2]);
    expect(times(merge.take(2))).to.deep.equal([3]);
  });

  it('drops the records it holds at another assignment', () => {
    const merge = timestampMerge();
    merge.begin([0, 1]);
    merge.put([record(0, 0, 10)], behind(1), 0);
    merge.begin([0]);
    merge.put([], behind(), 1_000);
    expect(merge.take(10)).to.deep.equal([]);
  });
});
