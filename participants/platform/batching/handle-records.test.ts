import { expect } from 'chai';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { silent } from '../process/log.ts';
import { registry } from '../process/metrics.ts';
import { handleRecords } from './handle-records.ts';

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
