/** What the client answers of partitions it could not ask about is an error, whatever it calls the whole. */
import type { KafkaConsumer } from '@confluentinc/kafka-javascript';
import { expect } from 'chai';
import { committedOffsets, offsetsAt } from './offsets.ts';

const PLACES = [
  { topic: 'a', partition: 0 },
  { topic: 'a', partition: 1 },
];

/** The client with an answer of its own making: brokers fail for one partition only while their leaders change. */
const answering = (found: unknown[]) => {
  const answer = (_places: unknown, _timeoutMs: number, done: (error: null, found: unknown[]) => void) =>
    done(null, found);
  return { committed: answer, offsetsForTimes: answer } as unknown as KafkaConsumer;
};
const failure = (asked: Promise<unknown>) => asked.then(() => 'answered', String);

describe('offsets', () => {
  const known = { ...PLACES[0], offset: 7 };

  it('are an error where the client puts one in a partition’s place', async () => {
    const client = answering([known, new Error('Broker: Not leader')]);
    expect(await failure(committedOffsets(client, PLACES, 1))).to.equal('Error: Broker: Not leader');
    expect(await failure(offsetsAt(client, 'end', PLACES, 1))).to.equal('Error: Broker: Not leader');
  });

  it('are an error where a log’s end is what was asked with, and none where a group has committed nothing', async () => {
    const client = answering([known, { ...PLACES[1], offset: -1 }]);
    expect(await failure(offsetsAt(client, 'end', PLACES, 1))).to.equal('Error: no offset is known of a/1');
    expect(await committedOffsets(client, PLACES, 1)).to.deep.equal([known]);
  });
});
