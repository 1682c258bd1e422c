import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { mergedReader } from './merged-consumer.ts';

const record = (partition: number, offset: number, timestamp = offset): InRecord => ({
  topic: 'requests',
  partition,
  offset,
  key: 'ada',
  value: Buffer.from('{}'),
  timestamp,
});
const places = (records: readonly InRecord[]) =>
  records.map(({ partition, offset }) => `${partition}/${offset}`);

/** A reader; the test delivers the records of each read. */
function byHand(ends: ReadonlyMap<number, number>) {
  const waiting: Array<(records: InRecord[]) => void> = [];
  const read = () => new Promise<InRecord[]>((resolve) => void waiting.push(resolve));
  const reader = mergedReader(
    read,
    (partition) => ends.get(partition) ?? null,
    (reason) => {
      throw new Error(reason);
    },
  );
  return { reader, bring: (...records: InRecord[]) => waiting.shift()?.(records) };
}

describe('a merged reader', () => {
  it('holds a record back while another partition may contain an earlier one', async () => {
    const { reader, bring } = byHand(
      new Map([
        [0, 1],
        [1, 1],
      ]),
    );
    reader.begin(
      new Map([
        [0, 0],
        [1, 0],
      ]),
    );
    const first = reader.consume(10);
    bring(record(0, 0, 50));
    expect(places(await first)).to.deep.equal([]);
    expect(reader.lag()).to.equal(2);
    const second = reader.consume(10);
    bring(record(1, 0, 20));
    expect(places(await second)).to.deep.equal(['1/0', '0/0']);
    expect(reader.lag()).to.equal(0);
  });

  it('drops the records that follow those it dropped when its partitions were revoked', async () => {
    const { reader, bring } = byHand(
      new Map([
        [0, 3],
        [1, 9],
      ]),
    );
    reader.begin(
      new Map([
        [0, 0],
        [1, 0],
      ]),
    );
    const held = reader.consume(10);
    bring(record(0, 0), record(0, 1));
    expect(places(await held)).to.deep.equal([]);
    reader.begin(new Map());
    // The client returns records it has fetched until the partitions are unassigned.
    const after = reader.consume(10);
    bring(record(0, 2));
    expect(places(await after)).to.deep.equal([]);
  });

  it('returns no record of a log that goes back', async () => {
    const { reader, bring } = byHand(new Map([[0, 9]]));
    reader.begin(new Map([[0, 5]]));
    const reading = reader.consume(10).catch((error: Error) => error.message);
    bring(record(0, 5), record(0, 0));
    expect(await reading).to.equal('partition 0 is read up to 6, and 0 came');
  });
});
