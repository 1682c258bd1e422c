/** Dead letters of a topic that is deleted and created anew: its offsets come again, and none is taken for the one before. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createTopics } from '#platform/kafka/admin.ts';
import { openAdminClient } from '#platform/kafka/broker-client.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { silent } from '#platform/process/log.ts';
import { DEAD_LETTERS, TOPICS } from '#protocol/topics.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type DeadLetterStore, deadLetterStore } from '../store/dead-letter-store.ts';
import { copyDeadLetters } from './dead-letters.ts';

const ALL = { sagaId: null, reason: null, topic: null, waiting: null, before: null };
describe('the copies of dead letters', () => {
  let test: TestDatabase;
  let store: DeadLetterStore;
  let kafka: { brokers: string; prefix: string; clientId: string; log: typeof silent };
  before(async () => {
    const brokers = process.env.KAFKA_BROKERS ?? (await stackUp({ name: 'test' })).kafka;
    kafka = { brokers, prefix: `letters-${randomBytes(4).toString('hex')}.`, clientId: 'test', log: silent };
    test = await openTestDatabase();
    store = deadLetterStore(test.db, openPrisma(test.db));
  });
  after(() => test?.close());

  const create = () => createTopics({ ...kafka, topics: TOPICS.filter(({ name }) => name === DEAD_LETTERS) });
  const remove = async () => {
    const client = await openAdminClient(kafka);
    await client.deleteTopics([`${kafka.prefix}${DEAD_LETTERS}`]).finally(() => client.close());
  };
  /** Parks records, and waits until so many are listed; by an API that starts and ends meanwhile. */
  const copied = async (values: readonly string[], count: number) => {
    const publisher = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
    await publisher.publish(values.map((value) => ({ topic: DEAD_LETTERS, key: 'key', value })));
    await publisher.close();
    const copier = await copyDeadLetters(store, kafka);
    const listed = await waitUntil(
      () => store.list(ALL, 10),
      (found) => found.length >= count,
    ).finally(() => copier.close());
    const read = await Promise.all(listed.map((one) => store.read(one)));
    return read.map((one) => String(one?.value));
  };

  it('keep those of each log, newest first, and none twice', async () => {
    await create();
    expect(await copied(['first, of log 0', 'second, of log 0'], 2)).to.deep.equal([
      'second, of log 0',
      'first, of log 0',
    ]);
    await remove();
    await create();
    expect(await copied(['first, of log 1'], 3)).to.deep.equal([
      'first, of log 1',
      'second, of log 0',
      'first, of log 0',
    ]);
    expect(await copied(['second, of log 1'], 4)).to.deep.equal([
      'second, of log 1',
      'first, of log 1',
      'second, of log 0',
      'first, of log 0',
    ]);
  });
});
