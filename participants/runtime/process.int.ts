/** A participant's process on the real broker: a kill loses no command and doubles no effect. */
import { join } from 'node:path';
import { expect } from 'chai';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { partitionOf } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { imbalances, levelOf } from '../inventory/testing/bench.ts';
import { release, reserve } from '../inventory/testing/commands.ts';
import { newSaga } from './testing/commands.ts';
import { openTestDatabase, type TestDatabase } from './testing/database.ts';
import { startProcess, type TestProcess } from './testing/process.ts';
import { openTestTopics, type TestTopics } from './testing/topics.ts';

const MAIN = join(import.meta.dirname, '../inventory/main.ts');
const REPLIES = ['inventory-reserved', 'inventory-confirmed', 'saga-replies', 'dead-letters'];

describe('a participant’s process', () => {
  let test: TestDatabase;
  let topics: TestTopics;
  let publisher: Publisher;
  let consumer: BatchConsumer;
  const started: TestProcess[] = [];
  const seen: InRecord[] = [];

  before(async () => {
    test = await openTestDatabase();
    topics = await openTestTopics('inventory-requested', ...REPLIES);
    const kafka = { brokers: topics.brokers, prefix: topics.prefix, clientId: 'test', log: silent };
    publisher = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
    consumer = await consumeBatches({
      ...kafka,
      group: 'test',
      topics: REPLIES,
      settings: GENERAL_CONSUMER,
      async handle(records) {
        seen.push(...records);
        return { published: Promise.resolve() };
      },
    });
  });
  after(async () => {
    await Promise.all(started.map((one) => one.end('SIGKILL')));
    await consumer.close();
    await publisher.close();
    await topics.close();
    await test.close();
  });

  const start = async () => {
    const environment = {
      KAFKA_BROKERS: topics.brokers,
      KAFKA_PREFIX: topics.prefix,
      DATABASE_URL: test.url,
    };
    const one = await startProcess(MAIN, environment);
    started.push(one);
    return one;
  };
  const send = (records: InRecord[]) =>
    publisher.publish(
      records.map(({ topic, key, value }) => ({ topic, key: key ?? '', value: value ?? '' })),
    );
  const repliesOf = (saga: string) => seen.filter(({ key }) => key === saga);

  it('gives each command one effect across a kill', async () => {
    const sagas = Array.from({ length: 300 }, newSaga);
    const first = await start();
    await send(sagas.map((saga) => reserve(saga, { 'SKU-0001': 2 })));
    await waitUntil(
      () => seen.length,
      (count) => count > 0,
    );
    await first.end('SIGKILL');
    await send(sagas.slice(0, 100).map((saga) => reserve(saga, { 'SKU-0001': 2 })));
    await start();
    await waitUntil(
      () => sagas.filter((saga) => repliesOf(saga).length === 0).length,
      (missing) => missing === 0,
    );
    await send(sagas.slice(0, 50).map((saga) => release(saga)));
    const released = () => seen.filter(({ topic }) => topic === 'saga-replies').length;
    await waitUntil(released, (count) => count >= 50);

    for (const saga of sagas) {
      const texts = repliesOf(saga).filter(({ topic }) => topic === 'inventory-reserved');
      expect(new Set(texts.map(({ value }) => String(value)))).to.have.length(1);
    }
    expect(await levelOf(test.db, 'SKU-0001')).to.deep.equal({
      available: 99_999_500,
      reserved: 500,
      sold: 0,
    });
    expect(await imbalances(test.db)).to.deep.equal([]);
    expect(seen.filter(({ topic }) => topic === 'dead-letters')).to.deep.equal([]);
  });

  it('publishes a key to the partition that partitionOf computes', () => {
    const keyed = seen.filter(({ key }) => key !== null);
    expect(keyed.length).to.be.greaterThan(300);
    for (const { key, partition } of keyed) expect(partition, String(key)).to.equal(partitionOf(key ?? ''));
  });

  it('ends with 0 on SIGTERM', async () => {
    const running = started.at(-1);
    expect(await running?.end('SIGTERM'), running?.output()).to.equal(0);
  });

  it('refuses to start without its configuration, and names the missing variable', async () => {
    const failed = await startProcess(MAIN, { KAFKA_BROKERS: '', DATABASE_URL: test.url }).catch(
      (error: Error) => error,
    );
    expect(String(failed)).to.contain('KAFKA_BROKERS');
  });
});
