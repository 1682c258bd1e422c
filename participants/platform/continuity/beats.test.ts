import { expect } from 'chai';
import { isOlder } from './beats.ts';

const [FIRST, SECOND] = ['0190b0a0-0000-4000-8000-000000000001', '0190b0a0-0000-4000-8000-000000000002'];

describe('the age of a database', () => {
  const older = (incarnation: string, beat: number, kept: [string, number] | null) =>
    isOlder({ incarnation, beat }, kept && { metadata: kept[0], offset: kept[1] });

  it('is not compared where Kafka has none: a first start, or topics that were lost', () => {
    expect(older(FIRST, 0, null)).to.equal(false);
  });

  it('is the same or larger than Kafka’s, for a process may end between the two', () => {
    expect(older(FIRST, 7, [FIRST, 7])).to.equal(false);
    expect(older(FIRST, 8, [FIRST, 7])).to.equal(false);
  });

  it('is less after a restore', () => {
    expect(older(FIRST, 6, [FIRST, 7])).to.equal(true);
  });

  it('is less after a restore to a time before the last rewind, and in a database that was made anew', () => {
    expect(older(FIRST, 99, [SECOND, 7])).to.equal(true);
    expect(older(SECOND, 0, [FIRST, 7])).to.equal(true);
  });
});
