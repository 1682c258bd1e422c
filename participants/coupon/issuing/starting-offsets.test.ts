/** Where the issuer starts to read, for every order of the group's offset, the checkpoint and the log's ends, and for a new log. */
import { expect } from 'chai';
import type { AssignedPartition } from '#platform/kafka/batch-consumer.ts';
import { inSequence } from '#platform/kafka/log-sequence.ts';
import type { RequestLog } from './request-logs.ts';
import { ForeignLog, LogsReplaced, startingOffsets } from './starting-offsets.ts';
import type { Checkpoint } from './store.ts';

const ACCEPTED_UNTIL = new Date(5_000);
const BEGAN_AT = new Date(9_000);
const BEGINS = new Map([
  ['0/0/recreated', BEGAN_AT],
  ['0/0/cut short', BEGAN_AT],
]);

const assigned = (changes: Partial<AssignedPartition> = {}): AssignedPartition => ({
  partition: 0,
  committed: null,
  logStart: 0,
  logEnd: 100,
  topicId: 'a',
  ...changes,
});
const log = (number: number, topicId: string | null, beganAt: Date | null = null): RequestLog => ({
  partition: 0,
  number,
  topicId,
  beganAt,
});
const start = (
  partition: Partial<AssignedPartition>,
  next?: number,
  logs: readonly RequestLog[] = [log(0, 'a')],
  begins: ReadonlyMap<string, Date> = new Map(),
) => {
  const checkpoint = { partition: 0, next: next ?? 0, acceptedUntil: ACCEPTED_UNTIL };
  const checkpoints = new Map<number, Checkpoint>(next === undefined ? [] : [[0, checkpoint]]);
  return startingOffsets([assigned(partition)], { checkpoints, logs: new Map([[0, logs]]) }, begins);
};
const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('the issuer starts to read', () => {
  it('at the log’s first record without a checkpoint, and records the log’s identity', () => {
    const { at, lost, wentBack, noted } = start({}, undefined, []);
    expect([at.get(0), lost, wentBack, noted]).to.deep.equal([0, [], false, [log(0, 'a')]]);
  });

  it('at the log’s first record when the group never committed, since it may have published nothing', () => {
    expect(start({ logStart: 7 }, 40).at.get(0)).to.equal(7);
  });

  it('at the group’s offset when that is below the checkpoint', () => {
    const { at, checkpoints, wentBack, noted } = start({ committed: 30 }, 40);
    expect([at.get(0), checkpoints.get(0), wentBack, noted]).to.deep.equal([30, 40, false, []]);
  });

  it('at the checkpoint when the group’s offset is beyond it: the database went back in time', () => {
    const { at, lost, wentBack } = start({ committed: 50 }, 40);
    expect([at.get(0), lost, wentBack]).to.deep.equal([40, [], true]);
  });

  it('at the log’s start when that is beyond the checkpoint, and counts the records between as lost', () => {
    const { at, checkpoints, lost } = start({ logStart: 60 }, 40);
    expect([at.get(0), checkpoints.get(0)]).to.deep.equal([60, 60]);
    expect(lost).to.deep.equal([{ partition: 0, from: 40, to: 60 }]);
  });

  it('at the end of a log that is decided entirely', () => {
    expect(start({ committed: 40, logEnd: 40 }, 40).at.get(0)).to.equal(40);
  });

  it('in the log that is there, when the rows are older than the record of logs', () => {
    const { at, noted, replaced } = start({ committed: 30 }, 40, []);
    expect([at.get(0), noted, replaced]).to.deep.equal([30, [log(0, 'a')], []]);
  });

  it('in the log that is known, when the brokers report no identity', () => {
    const { at, replaced } = start({ committed: 30, topicId: null }, 40);
    expect([at.get(0), replaced]).to.deep.equal([30, []]);
  });

  for (const [how, logEnd] of [
    ['longer', 100],
    ['shorter', 5],
  ] as const) {
    it(`at the start of a recreated topic’s log that is ${how} than the checkpoint, and gives up what the old log held`, () => {
      const { at, checkpoints, numbers, lost, noted, wentBack } = start(
        { topicId: 'b', committed: 90, logEnd },
        40,
        [log(0, 'a')],
        BEGINS,
      );
      expect([at.get(0), checkpoints.get(0), numbers.get(0)]).to.deep.equal([0, inSequence(1, 0), 1]);
      expect(lost).to.deep.equal([{ partition: 0, from: 40, to: inSequence(1, 0) }]);
      expect([noted, wentBack]).to.deep.equal([[log(1, 'b', BEGAN_AT)], false]);
    });
  }

  it('nowhere until it is known when the new log began', () => {
    const error = thrownBy(() => start({ topicId: 'b' }, 40));
    expect(error).to.be.instanceOf(LogsReplaced);
    expect((error as LogsReplaced).logs[0]).to.include({ why: 'recreated', decidedTo: 40, topicId: 'b' });
  });

  it('nowhere when only an earlier replacement is confirmed', () => {
    const logs = [log(0, 'a'), log(1, 'b', BEGAN_AT)];
    const cutShort = thrownBy(() => start({ topicId: 'b', logEnd: 3 }, inSequence(1, 4), logs, BEGINS));
    expect((cutShort as LogsReplaced).logs[0]).to.include({ why: 'cut short', decidedTo: 4 });
  });

  it('at the start of a log that was cut below the checkpoint: its records are decided again', () => {
    const error = thrownBy(() => start({ logEnd: 39, logStart: 10 }, 40)) as LogsReplaced;
    expect(error.logs[0]?.since).to.deep.equal(new Date(5_001));
    const { at, checkpoints, lost } = start({ logEnd: 39, logStart: 10 }, 40, [log(0, 'a')], BEGINS);
    expect([at.get(0), checkpoints.get(0)]).to.deep.equal([10, inSequence(1, 10)]);
    expect(lost).to.deep.equal([{ partition: 0, from: 40, to: inSequence(1, 0) }]);
  });

  it('at the checkpoint of the second log', () => {
    const { at, numbers } = start({ topicId: 'b', committed: 8 }, inSequence(1, 8), [
      log(0, 'a'),
      log(1, 'b', BEGAN_AT),
    ]);
    expect([at.get(0), numbers.get(0)]).to.deep.equal([8, 1]);
  });

  it('in a third log that begins no earlier than the second', () => {
    const logs = [log(0, 'a'), log(1, 'b', BEGAN_AT)];
    const { noted } = start(
      { topicId: 'c' },
      inSequence(1, 8),
      logs,
      new Map([['0/1/recreated', new Date(1)]]),
    );
    expect(noted).to.deep.equal([log(2, 'c', BEGAN_AT)]);
  });

  it('nowhere while the brokers report a log that was replaced', () => {
    const logs = [log(0, 'a'), log(1, 'b', BEGAN_AT)];
    expect(() => start({ topicId: 'a' }, inSequence(1, 8), logs, BEGINS)).to.throw(ForeignLog);
  });
});
