/** Participants over HTTP and in the command line: on the real database and real brokers, with an engine that the test steps. */
import { expect } from 'chai';
import type { Body } from '#platform/http/testing/client.ts';
import { type BatchConsumer, consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { runSaga } from '../cli/testing/terminal.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { CHARGING } from './testing/engine.ts';

interface Item {
  readonly participant: string;
  readonly group: string;
  readonly members: number | null;
  readonly queue: {
    readonly lag: number;
    readonly oldestUnreadMs: number | null;
    readonly oldestUnreadAtLeastMs: number;
    readonly readPerSecond: number | null;
    readonly worst: { readonly topic: string; readonly partition: number; readonly lag: number } | null;
    readonly topics: ReadonlyArray<{
      readonly topic: string;
      readonly partitions: number;
      readonly lag: number;
    }>;
  } | null;
  readonly failures: ReadonlyArray<{
    readonly code: string;
    readonly sagas: number;
    readonly stuck: number;
    readonly newestAt: string;
    readonly links: { readonly sagas: string };
  }>;
}

const CHANNEL = 'payment-requested';
const UNREAD = 3;

describe('participants', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({ observesFlows: true });
  });
  after(() => api?.close());

  const list = async (): Promise<Body> => {
    const { status, body } = await api.request('/v1/participants', { as: 'viewer' });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const itemOf = async (name: string): Promise<Item> => {
    const found = ((await list()).items as Item[]).find(({ participant }) => participant === name);
    if (found === undefined) throw new Error(`${name} is not listed`);
    return found;
  };
  /** Waits until it is observed so: on its own time, for a rate takes samples of some seconds. */
  const observed = (name: string, isSo: (item: Item) => boolean) => waitUntil(() => itemOf(name), isSo);
  const publish = async (count: number) => {
    const { brokers, prefix, clientId, log } = api.kafka;
    const publisher = await openPublisher({ brokers, prefix, clientId, log, settings: ORDER_PRODUCER });
    // Of one key, so all are in one partition.
    const message = { topic: CHANNEL, key: 'none', value: '{}' };
    await publisher.publish(Array.from({ length: count }, () => message));
    await publisher.close();
  };
  const charging = async (code: string, text = 'it does not answer') => {
    const id = await api.placed({ customerId: 'alice' });
    await api.engine.happen(id, ...CHARGING, {
      ...{ to: 'payment.charge', reply: 'payment.delayed' },
      data: { code, text },
    });
    return id;
  };

  it('are the engines and all that the definition names, observed lately', async () => {
    const { items, observedAt, isStale, asOf } = await waitUntil(list, ({ observedAt: at }) => at !== null);
    expect((items as Item[]).map(({ participant, group }) => [participant, group])).to.deep.equal([
      ['orchestrator', 'engine'],
      ...['coupon', 'inventory', 'payment', 'shipping'].map((name) => [name, name]),
    ]);
    expect(isStale).to.equal(false);
    expect(Date.parse(String(asOf)) - Date.parse(String(observedAt))).to.be.within(0, 12_000);
  });

  it('have their queue: unread messages, since when, the worst partition, and whoever reads it', async () => {
    await observed('payment', ({ queue, members }) => queue?.lag === 0 && members === 0);
    await publish(UNREAD);
    const { queue } = await observed('payment', (item) => item.queue?.lag === UNREAD);
    expect(queue?.worst).to.deep.include({ topic: CHANNEL, lag: UNREAD });
    expect(queue?.topics).to.have.length(1);
    expect(queue?.topics[0]).to.deep.include({ topic: CHANNEL, partitions: 12, lag: UNREAD });
    expect(queue?.oldestUnreadMs).to.be.greaterThan(0);
    expect(queue?.oldestUnreadAtLeastMs).to.equal(queue?.oldestUnreadMs);

    const payment: BatchConsumer = await consumeBatches({
      ...api.kafka,
      group: 'payment',
      topics: [CHANNEL],
      settings: GENERAL_CONSUMER,
      handle: async () => ({ published: Promise.resolve() }),
    });
    const read = await observed('payment', (item) => item.members === 1 && item.queue?.lag === 0);
    expect(read.queue).to.deep.include({ worst: null, oldestUnreadMs: 0, oldestUnreadAtLeastMs: 0 });
    expect(
      (await observed('payment', (item) => (item.queue?.readPerSecond ?? 0) > 0)).queue?.readPerSecond,
    ).to.be.lessThan(UNREAD);
    await payment.close();
    await observed('payment', ({ members }) => members === 0);
  });

  it('have the sagas that fail at them, by code, as the filters of sagas find them', async () => {
    const sagas = [
      await charging('gateway-unavailable'),
      await charging('gateway-unavailable', 'another text'),
    ];
    const limited = await charging('gateway-limited');
    await api.engine.happen(limited, {
      ...{ to: 'payment.charge', reply: 'payment.parked', nth: 2 },
      data: { code: 'refused-by-database', text: 'value too long' },
    });
    const { failures } = await waitUntil(
      () => itemOf('payment'),
      (item) => item.failures.reduce((sum, one) => sum + one.sagas, 0) === 3,
    );
    expect(failures.map(({ code, sagas: count, stuck }) => [code, count, stuck])).to.deep.equal([
      ['gateway-unavailable', 2, 0],
      ['parked', 1, 1],
    ]);
    for (const { newestAt } of failures) expect(Date.now() - Date.parse(newestAt)).to.be.within(0, 60_000);
    const found = async (path: string) =>
      ((await api.request(path, { as: 'viewer' })).body.items as Array<{ sagaId: string }>).map(
        ({ sagaId }) => sagaId,
      );
    expect(await found(failures[0]?.links.sagas ?? '')).to.have.members(sagas);
    expect(await found(failures[1]?.links.sagas ?? '')).to.deep.equal([limited]);
    expect(await found('/v1/sagas?failureParticipant=inventory')).to.deep.equal([]);
    expect(await found('/v1/sagas?failureParticipant=payment')).to.have.members([...sagas, limited]);
    expect((await itemOf('inventory')).failures).to.deep.equal([]);
  });

  it('are for viewers and above', async () => {
    expect((await api.request('/v1/participants', { as: 'service' })).status).to.equal(403);
  });

  it('are a table on the command line, and the same as data', async () => {
    const { code, out, err } = await runSaga(api, ['participants']);
    expect(code, err).to.equal(0);
    expect(out).to.match(/^PARTICIPANT +MEMBERS +UNREAD +OLDEST +READ\/S +WRITTEN\/S +WORST PARTITION\n/);
    expect(out)
      .to.match(/\norchestrator +0 /)
      .and.to.match(/\npayment +gateway-unavailable +2 /);
    const { out: topics } = await runSaga(api, ['participants', '--topics']);
    expect(topics)
      .to.match(/\norchestrator +saga-control +\d/)
      .and.to.match(/\npayment +payment-requested +0 /);
    const json = JSON.parse((await runSaga(api, ['participants', '-o', 'json'])).out) as Item[];
    const lines = (await runSaga(api, ['participants', '-o', 'jsonl'])).out.split('\n');
    expect(json.map(({ participant }) => participant)).to.deep.equal(
      lines.map((line) => (JSON.parse(line) as Item).participant),
    );
    const listed = await runSaga(api, ['list', '--failure-code', 'parked', '-o', 'json']);
    expect(JSON.parse(listed.out)).to.have.length(1);
  });
});

describe('participants of brokers that were never observed', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  it('have no queue and no members, and the command line says why', async () => {
    const { body } = await api.request('/v1/participants', { as: 'viewer' });
    expect(body).to.include({ observedAt: null, isStale: true });
    for (const { queue, members } of body.items as Item[])
      expect({ queue, members }).to.deep.equal({ queue: null, members: null });
    const { code, out, err } = await runSaga(api, ['participants']);
    expect(code).to.equal(0);
    expect(out).to.match(/\npayment +\? +\? /);
    expect(err).to.match(/^No broker has answered the API yet/);
  });
});
