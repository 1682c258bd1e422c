/** A machine whose clock is hours wrong publishes as others do, and its records live as long as theirs. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import type { Topic } from '#protocol/topics.ts';
import { stackUp } from '#scripts/run/stack/stack.ts';
import { createTopics } from './admin.ts';
import { ORDER_PRODUCER } from './client-settings.ts';
import { openPublisher, type PlacingPublisher } from './publisher.ts';

const HOUR_MS = 3_600_000;
/** What brokers reject for its timestamp is sent again for ever; a busy machine acknowledges sooner than this. */
const NEVER_MS = 25_000;
const SETTINGS = { partitions: 1, compression: 'lz4', key: 'none', flow: 'operations' } as const;
const prefix = `t${randomBytes(4).toString('hex')}.`;
const OURS: Topic = { ...SETTINGS, name: 'ours', retentionMs: 24 * HOUR_MS };
/** As brokers create a topic by default: they keep the producers' timestamps, and reject those an hour ahead. */
const DEFAULTS: Topic = { ...OURS, name: 'defaults', config: { 'message.timestamp.type': 'CreateTime' } };

describe('a publisher on a machine whose clock is wrong', () => {
  const clock = Date.now;
  let publisher: PlacingPublisher;
  before(async () => {
    const brokers = process.env.KAFKA_BROKERS ?? (await stackUp({ name: 'test' })).kafka;
    await createTopics({ brokers, prefix, topics: [OURS, DEFAULTS] });
    publisher = await openPublisher({
      brokers,
      prefix,
      clientId: 'wrong',
      settings: ORDER_PRODUCER,
      log: silent,
    });
  });
  afterEach(() => {
    Date.now = clock;
  });
  after(() => publisher?.close());

  const publishAt = async (topic: Topic, hours: number, values: readonly string[]) => {
    Date.now = () => clock() + hours * HOUR_MS;
    const messages = values.map((value) => ({ topic: topic.name, key: 'key', value }));
    const placed = publisher.publishPlaced(messages);
    return Promise.race([placed, sleep(NEVER_MS, null, { ref: false })]);
  };

  for (const topic of [OURS, DEFAULTS])
    for (const hours of [25, -25])
      it(`by ${hours} h: is acknowledged, in order, on the topic “${topic.name}”`, async () => {
        const first = await publishAt(topic, hours, ['a', 'b']);
        const second = await publishAt(topic, hours, ['c']);
        expect(first, `not acknowledged within ${NEVER_MS} ms`).not.to.equal(null);
        const offsets = [...(first ?? []), ...(second ?? [])].map(({ offset }) => offset);
        const [start = 0] = offsets;
        expect(offsets).to.deep.equal([start, start + 1, start + 2]);
      });

  it('sets no timestamp on our topics: the broker does, so that no record is deleted early', async () => {
    const [placed] = (await publishAt(OURS, -25, ['old'])) ?? [];
    expect(Math.abs((placed?.timestamp ?? 0) - clock())).to.be.lessThan(HOUR_MS);
  });
});
