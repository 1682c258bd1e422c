/** Dead letters from the real topic: listed with their saga, sent again unchanged, and not in a loop. */
import { hash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openProducerClient } from '#platform/kafka/broker-client.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { decodeRecord } from '#protocol/codec.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { partitionOf, uuidv7 } from '#protocol/ids.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from './testing/api.ts';

/** A value of Kafka's default limit of a batch (1,048,588 bytes), less its key and a batch's own bytes. */
const LARGEST = 1_048_400;

interface Item {
  readonly partition: number;
  readonly offset: number;
  readonly sagaId: string;
  readonly reason: string;
  readonly originTopic: string;
  readonly resentAt: string | null;
}

describe('dead letters', () => {
  let api: TestApi;
  let publisher: Publisher;
  before(async () => {
    api = await startTestApi();
    publisher = await openPublisher({ ...api.kafka, settings: ORDER_PRODUCER });
  });
  after(async () => {
    await publisher?.close();
    await api?.close();
  });

  const VALUE = Buffer.from([0x7b, 0xff, 0x22, 0x41]);
  const listOf = async (sagaId: string): Promise<Item[]> =>
    (await api.request(`/v1/dead-letters?sagaId=${sagaId}`, { as: 'viewer' })).body.items as Item[];
  /** Parks a record, and waits until the list of its saga shows it. */
  const parked = async (sagaId: string, nth = 1, value = VALUE): Promise<Item> => {
    const record: InRecord = {
      topic: 'order-created',
      partition: 3,
      offset: 17 + nth,
      key: sagaId,
      value,
      timestamp: 0,
    };
    await publisher.publish([
      deadLetter(record, new TerminalError('not-json', 'it is no JSON'), 'orchestrator', Date.now()),
    ]);
    const items = await waitUntil(
      () => listOf(sagaId),
      (found) => found.length === nth,
    );
    const [newest] = items;
    if (newest === undefined) throw new Error('no letter');
    return newest;
  };
  const resend = ({ partition, offset }: Item, body: object = {}) =>
    api.request(`/v1/dead-letters/${partition}/${offset}/resend`, {
      as: 'operator',
      body: { reason: 'mended', ...body },
    });
  /** Produces a record past the publisher, which sends texts. */
  const produce = async (name: string, key: Buffer, value: Buffer, headers = new Map<Buffer, Buffer>()) => {
    const client = await openProducerClient({ ...api.kafka, settings: ORDER_PRODUCER });
    const topic = `${api.kafka.prefix}${name}`;
    const leaders = await client.leadersOf(topic);
    const partition = partitionOf(key, leaders.length);
    const record = { topic, partition, key, value, headers, timestamp: BigInt(Date.now()) };
    const batch = { topic, partition, sequence: 0, records: [record] };
    const { results } = await client.produce(leaders[partition] ?? 0, await client.identity(), [batch]);
    await client.close();
    expect(results[0]?.code).to.equal(0);
  };
  const came = (sagaId: string) =>
    api.published.filter(({ topic, key }) => topic === 'order-created' && key === sagaId);

  it('are listed with saga, position and reason; only operators read the bytes', async () => {
    const sagaId = uuidv7(Date.now());
    const letter = await parked(sagaId);
    expect(letter).to.include({
      sagaId,
      reason: 'not-json',
      originTopic: 'order-created',
      resentAt: null,
    });
    expect(letter).not.to.have.any.keys('value', 'base64');
    const path = `/v1/dead-letters/${letter.partition}/${letter.offset}`;
    expect((await api.request(path, { as: 'viewer' })).status).to.equal(403);
    const { body } = await api.request(path, { as: 'operator' });
    expect(body).to.include({
      base64: VALUE.toString('base64'),
      key: sagaId,
      originPartition: 3,
      originOffset: 18,
    });
    expect((await api.request('/v1/dead-letters/0/999999', { as: 'operator' })).status).to.equal(404);
  });

  it('are sent again once, unchanged, with an entry in the audit', async () => {
    const sagaId = uuidv7(Date.now());
    const letter = await parked(sagaId);
    const dry = await resend(letter, { dryRun: true });
    expect(dry.body.sends).to.deep.equal({ topic: 'order-created', key: sagaId, bytes: VALUE.length });
    expect((await resend(letter)).status).to.equal(200);
    const [record] = await waitUntil(
      () => came(sagaId),
      (records) => records.length > 0,
    );
    expect(record?.value?.equals(VALUE)).to.equal(true);
    expect((await resend(letter)).status).to.equal(409);
    expect((await resend(letter, { force: true })).status).to.equal(200);
    await waitUntil(
      () => came(sagaId),
      (records) => records.length === 2,
    );
    const audit = await api.request(`/v1/audit?sagaId=${sagaId}`, { as: 'viewer' });
    expect(audit.body.items).to.have.length(2);
    expect((audit.body.items as object[])[0]).to.include({
      action: 'resend-dead-letter',
      actor: 'some-operator',
      reason: 'mended',
      state: 'applied',
    });
    expect((await api.request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
    expect((await listOf(sagaId))[0]?.resentAt).to.be.a('string');
  });

  it('keep a key that is no UTF-8, and are sent again under it to its partition', async () => {
    const bytes = randomBytes(6);
    const key = Buffer.concat([Buffer.from('ann'), Buffer.from([0xff]), bytes]);
    await produce('order-created', key, bytes);
    const under = () => api.published.filter(({ value }) => value?.equals(bytes));
    const [record] = await waitUntil(under, (found) => found.length === 1);
    if (record === undefined) throw new Error('no record');
    expect(record.partition).to.equal(partitionOf(key));
    expect(() => decodeRecord(record)).to.throw('the key is not UTF-8');

    await publisher.publish([deadLetter(record, new TerminalError('wrong-key', 'no'), 'engine', Date.now())]);
    const [letter] = await waitUntil(
      async () =>
        (await api.request('/v1/dead-letters?reason=wrong-key', { as: 'viewer' })).body.items as Item[],
      (found) => found.length === 1,
    );
    if (letter === undefined) throw new Error('no letter');
    const { body } = await api.request(`/v1/dead-letters/${letter.partition}/${letter.offset}`, {
      as: 'operator',
    });
    expect(body).to.include({ key: key.toString(), keyBase64: key.toString('base64') });
    const sent = await resend(letter);
    expect(sent.body.sends).to.include({ keyBase64: key.toString('base64') });
    const [, again] = await waitUntil(under, (found) => found.length === 2);
    expect(again?.keyBytes?.equals(key)).to.equal(true);
    expect(again?.partition).to.equal(record.partition);
  });

  it('that are parked again and again are not sent in a loop', async () => {
    const sagaId = uuidv7(Date.now());
    const value = Buffer.from('{"round": ');
    for (const nth of [1, 2]) expect((await resend(await parked(sagaId, nth, value))).status).to.equal(200);
    const third = await resend(await parked(sagaId, 3, value));
    expect(third.status).to.equal(409);
    expect(String(third.body.detail)).to.match(/parked 3 times/);
  });

  it('hold a record as large as the brokers take', async () => {
    const sagaId = uuidv7(Date.now());
    const value = randomBytes(LARGEST);
    const { partition, offset } = await parked(sagaId, 1, value);
    const letter = await api.request(`/v1/dead-letters/${partition}/${offset}`, { as: 'operator' });
    expect(letter.status).to.equal(200);
    expect(hash('sha256', Buffer.from(String(letter.body.base64), 'base64'))).to.equal(hash('sha256', value));
  });

  it('with headers that nobody could mean are copied as far as they can be, and those after them as well', async () => {
    const huge = 'x'.repeat(200_000);
    const malformed: ReadonlyArray<Readonly<Record<string, string>>> = [
      {},
      { partition: '99999999999', offset: '1e400' },
      { partition: '-7', offset: 'NaN' },
      { partition: '0x7f', offset: '9007199254740993' },
      { 'parked-at': '-271821-04-20T00:00:00.000Z' },
      { 'parked-at': '+275760-09-13T00:00:00.000Z' },
      { topic: huge, reason: huge, text: huge, 'parked-by': huge },
      { topic: 'a\u0000b', reason: '\u0000', 'parked-by': '\u0000', text: '\u0000' },
      { __proto__x: '1', constructor: 'x', toString: 'x' },
    ];
    const sagaId = uuidv7(Date.now());
    await publisher.publish(
      malformed.map((headers) => ({ topic: DEAD_LETTERS, key: sagaId, value: VALUE, headers })),
    );
    await parked(sagaId, malformed.length + 1);
    const letters = await listOf(sagaId);
    expect(letters.filter(({ originTopic }) => originTopic === 'unknown').length).to.be.greaterThan(4);
    for (const { partition, offset } of letters) {
      const { status, body } = await api.request(`/v1/dead-letters/${partition}/${offset}`, {
        as: 'operator',
      });
      expect(status).to.equal(200);
      expect(body.base64).to.equal(VALUE.toString('base64'));
    }
  });

  it('with headers that are no UTF-8 are copied, with U+FFFD in their place', async () => {
    const sagaId = uuidv7(Date.now());
    const headers = new Map(
      [...'reason topic partition parked-at'.split(' ')].map((name) => [
        Buffer.from(name),
        Buffer.from([0x61, 0xff]),
      ]),
    );
    await produce(DEAD_LETTERS, Buffer.from(sagaId), VALUE, headers);
    const [letter] = await waitUntil(
      () => listOf(sagaId),
      (found) => found.length === 1,
    );
    expect(letter).to.include({ reason: 'a\ufffd', originTopic: 'a\ufffd', originPartition: -1 });
  });
});
