/** The issuer's consumer starts at the checkpoints of the rows, and records a new log once it is described twice. */
import { expect } from 'chai';
import type { AssignedPartition } from '#platform/kafka/batch-consumer.ts';
import type { TimedOffset } from '#platform/kafka/brokers.ts';
import { inSequence } from '#platform/kafka/log-sequence.ts';
import { silent } from '#platform/process/log.ts';
import type { AcceptedRequest } from './answer.ts';
import { readAnswers } from './read-answers.ts';
import { startAtCheckpoints } from './start-at-checkpoints.ts';
import { memoryIssuing } from './testing/memory-store.ts';

const DECIDED_UNTIL = new Date(5_000);
const PRESENT = new Date(9_000);

const partition = (changes: Partial<AssignedPartition>): AssignedPartition => ({
  partition: 0,
  committed: 30,
  logStart: 0,
  logEnd: 100,
  topicId: 'a',
  ...changes,
});
const request = (offset: number, acceptedAtMs: number): AcceptedRequest => ({
  id: `request ${offset}`,
  campaignId: 'none',
  userId: 'ada',
  partition: 0,
  offset,
  acceptedAt: new Date(acceptedAtMs),
});

describe('startAtCheckpoints', () => {
  /** Starts on rows decided up to offset 40 of log `a`, while the brokers describe the partition so, one after the other. */
  const startWith = (...descriptions: Array<Partial<AssignedPartition>>) => startAfter(0, ...descriptions);
  const startAfter = (decidedBefore: number, ...descriptions: Array<Partial<AssignedPartition>>) =>
    startIn(null, decidedBefore, ...descriptions);
  /** @param overwritten the log's latest record */
  const startIn = async (
    overwritten: TimedOffset | null,
    decidedBefore: number,
    ...descriptions: Array<Partial<AssignedPartition>>
  ) => {
    const { unitOfWork, reads } = memoryIssuing();
    await unitOfWork.transaction(async (store) => {
      await store.addCheckpoints([0]);
      await store.noteLogs([{ partition: 0, number: 0, topicId: 'a', beganAt: null }], new Date(0));
      const checkpoint = { partition: 0, next: 40, acceptedUntil: DECIDED_UNTIL };
      await store.write({ made: [], checkpoints: [checkpoint], lost: [] }, new Date(0));
    });
    const begun = new Map<number, number>();
    const logs = new Map<number, number>();
    const highest = new Map([[0, decidedBefore]]);
    const [epoch, left] = [await reads.epoch(), descriptions.values()];
    const { startAt } = startAtCheckpoints({
      ...{ unitOfWork, begun, logs, highest, log: silent, now: () => 0 },
      brokersNow: async () => PRESENT,
    });
    const assigned = {
      describe: async () => [partition(left.next().value ?? {})],
      firstSince: async (_: number, since: Date) =>
        overwritten !== null && overwritten.timestamp >= since.getTime() ? overwritten : null,
    };
    const { at, setsBack } = await startAt(assigned);
    /** Starts once more, with the descriptions that are left; the log's number. */
    const again = () => startAt(assigned).then(() => logs.get(0));
    const isRenewed = (await reads.epoch()) !== epoch;
    const answersTo = async (...requests: AcceptedRequest[]) =>
      (await readAnswers(reads, requests)).map((one) => ('reason' in one ? one.reason : one.state));
    const places = { at: at.get(0), begun: begun.get(0), highest: highest.get(0), log: logs.get(0) };
    return { ...places, setsBack, isRenewed, answersTo, again };
  };

  it('keeps the log when a second description shows a later end', async () => {
    const started = await startWith({ logEnd: 39 }, { logEnd: 41 });
    expect(started).to.include({ at: 30, begun: 40, highest: 40, log: 0, setsBack: false, isRenewed: false });
  });

  it('begins nowhere in a partition that this process has decided further', async () => {
    const started = await startAfter(41, {});
    expect(started).to.include({ at: 30, begun: undefined, highest: 41 });
  });

  it('begins another log when a second description shows that the end is lost', async () => {
    const started = await startWith({ logEnd: 39 }, { logEnd: 39 });
    expect(started).to.include({ at: 0, begun: inSequence(1, 0), log: 1, setsBack: true, isRenewed: true });
  });

  // Regression: with the checkpoint reached again, records in the place of decided ones were answered from their rows.
  it('begins another log when one that lost its end has grown beyond the checkpoint again', async () => {
    const later = { offset: 35, timestamp: DECIDED_UNTIL.getTime() + 1 };
    const started = await startIn(later, 0, {});
    expect(started).to.include({ at: 0, begun: inSequence(1, 0), log: 1, setsBack: true, isRenewed: true });
    expect(await started.answersTo(request(39, 5_000), request(35, 5_001))).to.deep.equal([
      'not-open',
      'pending',
    ]);
  });

  it('keeps a log whose first record after all decided ones lies beyond the checkpoint', async () => {
    const later = { offset: 40, timestamp: DECIDED_UNTIL.getTime() + 1 };
    expect(await startIn(later, 0, {})).to.include({ at: 30, begun: 40, log: 0, setsBack: false });
  });

  it('describes again when another issuer has recorded a new log since the description', async () => {
    const started = await startWith({ topicId: 'b' }, { topicId: 'b' }, { topicId: 'a' }, { topicId: 'b' });
    expect(started.log).to.equal(1);
    expect(await started.again()).to.equal(1);
  });

  it('answers a request of a new log as pending before the issuer has started on it', async () => {
    const { answersTo } = await startWith({});
    expect(await answersTo(request(39, 5_000), request(39, 5_001))).to.deep.equal(['not-open', 'pending']);
  });

  it('answers a request of the old log from its rows or as lost, and one of the new log as pending', async () => {
    const { answersTo } = await startWith({ topicId: 'b' }, { topicId: 'b' });
    const answers = await answersTo(request(39, 5_000), request(40, 8_999), request(39, 9_000));
    expect(answers).to.deep.equal(['not-open', 'lost', 'pending']);
  });
});
