import { expect } from 'chai';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { silent } from '../process/log.ts';
import { registry } from '../process/metrics.ts';
import { handleRecords } from './handle-records.ts';
import type { PublishWatch } from './publication.ts';

const recordOf = (offset: number, text: string): InRecord => ({
  topic: 'somethings',
  partition: 0,
  offset,
  key: 'key',
  value: Buffer.from(text),
  timestamp: 0,
});
const decode = ({ value }: InRecord): number => {
  const number = Number(value);
  if (Number.isNaN(number)) throw new TerminalError('not-json', `${value} is no number`);
  return number;
};
const message = (value: string): OutMessage => ({ topic: 'answers', key: 'key', value });

describe('handleRecords', () => {
  const opened = () => {
    const sent: OutMessage[] = [];
    const publisher = { publish: async (messages: readonly OutMessage[]) => void sent.push(...messages) };
    return { sent, parts: { parkedBy: 'test', publisher, log: silent, now: () => 0 } };
  };

  it('parks an unreadable record with its bytes, and decides the others', async () => {
    const { sent, parts } = opened();
    const seen: number[] = [];
    const records = [recordOf(0, '1'), recordOf(1, 'half'), recordOf(2, '3')];
    const { published } = await handleRecords(parts, records, decode, async (items) => {
      seen.push(...items);
      return { messages: [message('answer')] };
    });
    await published;
    expect(seen).to.deep.equal([1, 3]);
    expect(sent.map(({ topic, value }) => [topic, String(value)])).to.deep.equal([
      [DEAD_LETTERS, 'half'],
      ['answers', 'answer'],
    ]);
    expect(sent[0]?.headers).to.include({ 'parked-by': 'test', reason: 'not-json', offset: '1' });
  });

  it('parks a record on which the reader itself fails: it would end the next process as well', async () => {
    const { sent, parts } = opened();
    const fails = (record: InRecord) => {
      if (record.offset === 1) throw new RangeError('Maximum call stack size exceeded');
      return decode(record);
    };
    const seen: number[] = [];
    const records = [recordOf(0, '1'), recordOf(1, '2'), recordOf(2, '3')];
    const { published } = await handleRecords(parts, records, fails, async (items) => {
      seen.push(...items);
      return { messages: [] };
    });
    await published;
    expect(seen).to.deep.equal([1, 3]);
    expect(sent[0]?.headers).to.include({ reason: 'invalid-data', offset: '1' });
  });

  it('publishes nothing of a batch whose decision fails', async () => {
    const { sent, parts } = opened();
    const failure = handleRecords(parts, [recordOf(0, 'half')], decode, async () => {
      throw new Error('the checkpoint is behind');
    });
    expect(await failure.catch((error: Error) => error.message)).to.equal('the checkpoint is behind');
    expect(sent).to.deep.equal([]);
  });

  it('parks a record once, however often the decision is retried', async () => {
    const { sent, parts } = opened();
    const record = recordOf(0, '1');
    const counted = async () =>
      (await registry.getSingleMetric('dead_letters_total')?.get())?.values.reduce(
        (sum, { value }) => sum + value,
        0,
      ) ?? 0;
    const before = await counted();
    const { published } = await handleRecords(parts, [record], decode, async (_, park) => {
      park(record, new Error('numeric out of range'));
      park(record, new Error('numeric out of range'));
      return { messages: [] };
    });
    await published;
    expect(sent).to.have.length(1);
    expect(sent[0]?.headers).to.include({ reason: 'refused-by-database' });
    expect((await counted()) - before).to.equal(1);
  });

  it('names the partitions whose messages are missing, by their records’ keys', async () => {
    const acknowledged: Array<(index: number) => void> = [];
    const publisher = {
      publish: (_: readonly OutMessage[], watch?: PublishWatch) => {
        if (watch) acknowledged.push(watch.onAcknowledged);
        return new Promise<void>(() => {});
      },
    };
    const records = [0, 1, 2].map((partition) => ({
      ...recordOf(partition, String(partition)),
      partition,
      key: `key ${partition}`,
    }));
    const to = (key: string): OutMessage => ({ topic: 'answers', key, value: key });
    const { parts } = opened();
    const { unpublished, leave } = await handleRecords(
      { ...parts, publisher },
      records,
      decode,
      async () => ({
        messages: [to('key 0')],
        recoverable: [to('key 1'), to('key 2')],
      }),
    );
    expect([...unpublished()]).to.deep.equal(['somethings/0', 'somethings/1', 'somethings/2']);
    acknowledged[1]?.(1);
    expect([...unpublished()]).to.deep.equal(['somethings/0', 'somethings/1']);
    leave();
    expect([...unpublished()]).to.deep.equal(['somethings/0']);
    acknowledged[0]?.(0);
    expect([...unpublished()]).to.deep.equal([]);
  });

  it('holds all partitions for a message with another key: any record may have caused it', async () => {
    const { parts } = opened();
    const publisher = { publish: () => new Promise<void>(() => {}) };
    const records = [recordOf(0, '0'), { ...recordOf(1, '1'), partition: 1 }];
    const { unpublished } = await handleRecords({ ...parts, publisher }, records, decode, async () => ({
      messages: [{ topic: 'usage', key: 'a user', value: '' }],
    }));
    expect(unpublished().size).to.equal(2);
  });

  it('holds the offsets back until the pending work of the batch is done', async () => {
    const { parts } = opened();
    const mail = Promise.withResolvers<void>();
    let isPublished = false;
    const { published } = await handleRecords(parts, [recordOf(0, '1')], decode, async () => ({
      messages: [],
      pending: mail.promise,
    }));
    const done = published.then(() => {
      isPublished = true;
    });
    await new Promise(setImmediate);
    expect(isPublished).to.equal(false);
    mail.resolve();
    await done;
  });
});
