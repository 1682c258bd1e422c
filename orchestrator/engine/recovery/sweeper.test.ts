/** A round of the sweeper over a store in memory: one bad saga costs the others nothing, and a silent stall is found. */
import { expect } from 'chai';
import {
  action,
  definition,
  inventoryReserved,
  newRow,
  ORDER_ID,
  order,
} from '#orchestrator/sagas/order/testing/given.ts';
import type { Logger } from '#platform/process/log.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import type { ActionData } from '../control.ts';
import { checkFailures, stallsFound } from '../metrics.ts';
import type { Place } from '../ports.ts';
import type { SagaRow } from '../saga.ts';
import { stalledNow } from '../sweep-state.ts';
import { definitions, EngineRun, NOW_MS, OTHER_ID } from '../testing/engine-run.ts';
import { sweepOnce } from './sweeper.ts';

const BAD_ID = '019a0000-0000-7000-8000-0000000000bb';

/** Sweeps an engine's store again and again, on a clock of its own. Every group has read everything. */
class Sweeps {
  readonly run = new EngineRun();
  readonly published: OutMessage[] = [];
  readonly logged: string[] = [];
  nowMs = NOW_MS;
  /** Whether the brokers answer. */
  brokersAway = false;
  /** Where topics end and groups stand, in every partition; 0 without. */
  ends: Record<string, number> = {};
  positions: Record<string, number> = {};
  /** Topics that acknowledge nothing, and those this process knows of. */
  blocked: { topics: readonly string[]; isKnown: boolean } = { topics: [], isKnown: true };

  async after(ms: number): Promise<void> {
    this.nowMs += ms;
    const record = (message: string) => void this.logged.push(message);
    const log: Logger = {
      info: record,
      warn: record,
      error: record,
      throttled: (_key, message) => record(message),
    };
    await sweepOnce({
      definitions,
      store: this.run.store,
      positions: {
        ends: (places) => this.#answer(places, (end) => ({ offset: end, log: null })),
        read: (group, places) => this.#answer(places, () => this.positions[group] ?? 0),
      },
      outbox: {
        publish: async (messages, watch) => {
          messages.forEach((message, index) => {
            this.published.push(message);
            if (!this.blocked.topics.includes(message.topic)) watch?.onAcknowledged(index);
          });
          if (messages.some(({ topic }) => this.blocked.topics.includes(topic))) await new Promise(() => {});
        },
        isBlocked: (topic) => this.blocked.isKnown && this.blocked.topics.includes(topic),
      },
      log,
      now: () => this.nowMs,
      random: () => 0.5,
    });
  }

  async #answer<T>(places: readonly Place[], of: (end: number) => T): Promise<Map<string, T>> {
    if (this.brokersAway) throw new Error('no broker answers');
    return new Map(
      places.map(({ topic, partition }) => [`${topic}/${partition}`, of(this.ends[topic] ?? 0)]),
    );
  }

  saga(id: string) {
    const found = this.run.store.tables.sagas.get(id);
    if (found === undefined) throw new Error(`there is no saga ${id}`);
    return found;
  }

  /** Sends of the command that begins an order, as the sweeper published them. */
  startsOf(id: string): number {
    return this.published.filter(({ topic, key }) => topic === 'order-created' && key === id).length;
  }
}

const countOf = async (counter: typeof checkFailures | typeof stallsFound, label: string) =>
  (await counter.get()).values.filter(({ labels }) => Object.values(labels).includes(label))[0]?.value ?? 0;

describe('a round of the sweeper', () => {
  const bad: Record<string, [string, Partial<SagaRow>]> = {
    'whose awaited command no contract knows': [
      'threw',
      {
        version: 1,
        state: 'chargingPayment',
        pending: {
          ...newRow().pending,
          awaiting: { x: { type: 'nobody.knows', kind: 'forward', issuedAt: 0, version: 1 } },
        },
      },
    ],
    'of a version this build does not know': ['unknown-version', { definitionVersion: 99 }],
  };
  for (const [which, [reason, parts]] of Object.entries(bad))
    it(`with a saga ${which} serves all others, counts, and comes back to it ever more rarely`, async () => {
      const sweeps = new Sweeps();
      sweeps.run.store.insertSaga({ ...newRow(order, BAD_ID), ...parts }, new Date(NOW_MS));
      const before = await countOf(checkFailures, reason);
      const checksAt: number[] = [];
      for (let second = 0; second < 200; second++) {
        await sweeps.after(1_000);
        const { checks } = sweeps.saga(BAD_ID);
        if (checks > checksAt.length) checksAt.push(second);
      }
      expect(checksAt).to.deep.equal([0, 10, 30, 70, 150]);
      expect((await countOf(checkFailures, reason)) - before).to.equal(5);
      expect(sweeps.logged).to.include('saga-check-failed');
      expect(sweeps.startsOf(ORDER_ID)).to.be.greaterThan(2);
      expect(sweeps.startsOf(OTHER_ID)).to.be.greaterThan(2);
    });

  it('without brokers keeps its claims short: once they are back it publishes within a second', async () => {
    const sweeps = new Sweeps();
    const retry = action('retry', { revision: 0 })(definition, sweeps.run.rowOf(OTHER_ID)).envelope.data;
    sweeps.run.store.insertAction(OTHER_ID, retry as ActionData, new Date(NOW_MS), new Date(NOW_MS));
    sweeps.brokersAway = true;
    for (let second = 0; second < 720; second++) await sweeps.after(1_000).catch(() => {});
    expect(sweeps.published).to.deep.equal([]);
    sweeps.brokersAway = false;
    await sweeps.after(1_000);
    expect(sweeps.published.map(({ topic, key }) => `${topic} ${key}`)).to.have.members([
      `order-created ${ORDER_ID}`,
      `order-created ${OTHER_ID}`,
      `saga-control ${OTHER_ID}`,
    ]);
  });

  it('waits for no partition that takes nothing, and keeps the claim of its action short', async () => {
    const sweeps = new Sweeps();
    const retry = action('retry', { revision: 0 })(definition, sweeps.run.rowOf(OTHER_ID)).envelope.data;
    sweeps.run.store.insertAction(OTHER_ID, retry as ActionData, new Date(NOW_MS), new Date(NOW_MS));
    sweeps.blocked = { topics: ['saga-control'], isKnown: false };
    await sweeps.after(1_000);
    sweeps.blocked = { topics: ['saga-control'], isKnown: true };
    for (let second = 0; second < 720; second++) await sweeps.after(1_000);
    expect(sweeps.startsOf(ORDER_ID)).to.be.greaterThan(10);
    sweeps.published.length = 0;
    sweeps.blocked = { topics: [], isKnown: true };
    for (let second = 0; second < 10; second++) await sweeps.after(1_000);
    expect(sweeps.published.filter(({ topic }) => topic === 'saga-control')).to.have.length(1);
  });

  // Regression: a position that a consumer of the last log had committed counted as read in a recreated, shorter one.
  it('takes a position beyond the end of its log for none: it is of the log before', async () => {
    const sweeps = new Sweeps();
    await sweeps.run.after(inventoryReserved);
    const sent = () => Object.values(sweeps.saga(ORDER_ID).sweepState.sent ?? {})[0];
    sweeps.ends = { 'payment-requested': 7 };
    sweeps.positions = { payment: 1_000 };
    for (let second = 0; second < 60; second++) await sweeps.after(1_000);
    expect(sent()).to.include({ endOffset: 7, readAt: null, unread: true });
    sweeps.positions = { payment: 7 };
    for (let second = 0; second < 20; second++) await sweeps.after(1_000);
    expect(sent()?.readAt).to.be.a('number');
  });

  it('leaves a paused saga alone, and goes on with it once it is resumed', async () => {
    const sweeps = new Sweeps();
    await sweeps.run.after(inventoryReserved, action('pause'));
    sweeps.published.length = 0;
    for (let minute = 0; minute < 30; minute++) await sweeps.after(60_000);
    expect(sweeps.published.filter(({ key }) => key === ORDER_ID)).to.deep.equal([]);
    const resume = action('resume', { actionId: '00000000-0000-4000-8000-000000000002' });
    await sweeps.run.take(sweeps.run.say(resume));
    for (let second = 0; second < 300; second++) await sweeps.after(1_000);
    const topics = new Set(sweeps.published.filter(({ key }) => key === ORDER_ID).map(({ topic }) => topic));
    expect([...topics])
      .to.include('payment-requested')
      .and.include('saga-control');
  });

  it('finds a silent stall: beyond the normal of its state with no error, until something moves', async () => {
    const sweeps = new Sweeps();
    await sweeps.run.after();
    const counted = await countOf(stallsFound, 'reservingInventory');
    const stall = () => stalledNow(sweeps.run.rowOf(), sweeps.saga(ORDER_ID).sweepState);
    for (let second = 0; second < 20; second++) await sweeps.after(1_000);
    expect(stall(), 'within its normal').to.equal(null);
    for (let second = 0; second < 2; second++) await sweeps.after(1_000);
    expect(stall()).to.include({ version: 1 });
    expect((await countOf(stallsFound, 'reservingInventory')) - counted).to.equal(1);
    await sweeps.run.take(sweeps.run.say(inventoryReserved));
    expect(stall()).to.equal(null);
  });
});
