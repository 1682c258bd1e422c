/** Where the issuer starts to read, for every order of the group's offset, the checkpoint and the log's ends. */
import { expect } from 'chai';
import type { AssignedPartition } from '#platform/kafka/batch-consumer.ts';
import { silent } from '#platform/process/log.ts';
import { ForeignLog, startAtCheckpoints, startingOffsets } from './starting-offsets.ts';
import type { Checkpoint } from './store.ts';
import { memoryIssuing } from './testing/memory-store.ts';

const assigned = (changes: Partial<AssignedPartition> = {}): AssignedPartition => ({
  partition: 0,
  committed: null,
  logStart: 0,
  logEnd: 100,
  ...changes,
});
const checkpoints = (next: number) =>
  new Map<number, Checkpoint>([[0, { partition: 0, next, acceptedUntil: null }]]);

describe('the issuer starts to read', () => {
  it('at the log’s first record without a checkpoint', () => {
    const { at, lost, wentBack } = startingOffsets([assigned()], new Map());
    expect([at.get(0), lost, wentBack]).to.deep.equal([0, [], false]);
  });

  it('at the log’s first record when the group never committed, since it may have published nothing', () => {
    expect(startingOffsets([assigned({ logStart: 7 })], checkpoints(40)).at.get(0)).to.equal(7);
  });

  it('at the group’s offset when that is below the checkpoint', () => {
    const {
      at,
      checkpoints: passed,
      wentBack,
    } = startingOffsets([assigned({ committed: 30 })], checkpoints(40));
    expect([at.get(0), passed.get(0), wentBack]).to.deep.equal([30, 40, false]);
  });

  it('at the checkpoint when the group’s offset is beyond it: the database went back in time', () => {
    const { at, lost, wentBack } = startingOffsets([assigned({ committed: 50 })], checkpoints(40));
    expect([at.get(0), lost, wentBack]).to.deep.equal([40, [], true]);
  });

  it('at the log’s start when that is beyond the checkpoint, and counts the records between as lost', () => {
    const { at, checkpoints: passed, lost } = startingOffsets([assigned({ logStart: 60 })], checkpoints(40));
    expect([at.get(0), passed.get(0)]).to.deep.equal([60, 60]);
    expect(lost).to.deep.equal([{ partition: 0, from: 40, to: 60 }]);
  });

  it('nowhere when the log ends before the checkpoint: it throws ForeignLog', () => {
    expect(() => startingOffsets([assigned({ logEnd: 39 })], checkpoints(40))).to.throw(ForeignLog);
    const atTheEnd = assigned({ committed: 40, logEnd: 40 });
    expect(startingOffsets([atTheEnd], checkpoints(40)).at.get(0)).to.equal(40);
  });

  describe('when the log first seems to end before the checkpoint', () => {
    /** Where reading starts while the brokers report these ends, one after the other. */
    const startWith = async (...logEnds: number[]) => {
      const { unitOfWork } = memoryIssuing();
      const checkpoint = { partition: 0, next: 40, acceptedUntil: null };
      await unitOfWork.transaction(async (store) => {
        await store.addCheckpoints([0]);
        await store.write({ made: [], checkpoints: [checkpoint], lost: [] }, new Date(0));
      });
      const ends = logEnds.values();
      const begun = new Map<number, number>();
      const { startAt } = startAtCheckpoints(unitOfWork, begun, silent, () => 0);
      const { at } = await startAt(async () => [assigned({ committed: 30, logEnd: ends.next().value ?? 0 })]);
      return [at.get(0), begun.get(0)];
    };

    it('at the group’s offset when a second description shows a later end', async () => {
      expect(await startWith(39, 41)).to.deep.equal([30, 40]);
    });

    it('nowhere when a second description shows the same end', async () => {
      const error = await startWith(39, 39).catch((error: unknown) => error);
      expect(error).to.be.instanceOf(ForeignLog);
    });
  });
});
