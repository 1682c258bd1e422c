/** The engine's batch parks bad messages alone, and waits out an outage. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { encode } from '#protocol/codec.ts';
import type { Envelope, InRecord, OutMessage } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';
import { DEAD_LETTERS } from '#protocol/topics.ts';
import { newRow, ORDER_ID, order } from '../sagas/order/testing/given.ts';
import { MemoryDataFault } from '../store/testing/memory-store.ts';
import { handleEngineBatch } from './consume-batch.ts';
import { controlEnvelope } from './control.ts';
import { startEnvelope } from './definition/start-message.ts';
import type { Store, Writing } from './ports.ts';
import { SagaCache } from './saga-cache.ts';
import { definitions, EngineRun, NOW_MS, OTHER_ID } from './testing/engine-run.ts';

const THIRD_ID = '019a0000-0000-7000-8000-000000000003';
const UNKNOWN_ID = '019a0000-0000-7000-8000-0000000000ff';

let offset = 0;
const recordOf = (topic: string, envelope: Envelope | string): InRecord => ({
  topic,
  partition: 0,
  offset: offset++,
  key: typeof envelope === 'string' ? ORDER_ID : envelope.subject,
  value: Buffer.from(typeof envelope === 'string' ? envelope : encode(envelope)),
  timestamp: 0,
});

/** An engine on a store in memory whose writes a test can fail. */
class Loop {
  readonly run = new EngineRun();
  readonly published: OutMessage[] = [];
  fail: (writing: Writing) => Error | null = () => null;

  constructor() {
    this.run.store.insertSaga(newRow(order, THIRD_ID), new Date(NOW_MS));
  }

  async take(...records: InRecord[]): Promise<void> {
    const { store } = this.run;
    const failing: Store = {
      ...store,
      write: async (writing) => {
        const error = this.fail(writing);
        if (error !== null) throw error;
        return store.write(writing);
      },
    };
    const parts = {
      definitions,
      store: failing,
      cache: new SagaCache(),
      outbox: { publish: async (messages: readonly OutMessage[]) => void this.published.push(...messages) },
      log: silent,
      now: () => NOW_MS,
      isDataFault: (error: unknown) => error instanceof MemoryDataFault,
    };
    await (await handleEngineBatch(parts, records)).published;
  }

  starts(...ids: string[]): InRecord[] {
    return ids.map((id) => {
      const row = this.run.rowOf(id);
      const definition = [...definitions.values()][0];
      if (definition === undefined) throw new Error('no definition');
      return recordOf('order-created', startEnvelope(definition, row));
    });
  }

  get letters(): string[] {
    return this.published.filter(({ topic }) => topic === DEAD_LETTERS).map(({ value }) => String(value));
  }

  stateOf(id: string): string {
    return this.run.rowOf(id).state;
  }
}

describe('a batch with a message that', () => {
  it('is unreadable parks it with its bytes, and handles those before and after it', async () => {
    const loop = new Loop();
    const [first, second] = loop.starts(ORDER_ID, OTHER_ID);
    if (first === undefined || second === undefined) throw new Error('no records');
    await loop.take(first, recordOf('order-created', '{"half'), second);
    expect(loop.letters).to.deep.equal(['{"half']);
    expect([loop.stateOf(ORDER_ID), loop.stateOf(OTHER_ID)]).to.deep.equal(
      Array(2).fill('reservingInventory'),
    );
  });

  it('the database refuses parks it, marks its saga stuck, and handles all others', async () => {
    const loop = new Loop();
    loop.fail = ({ moves }) =>
      moves.some(({ before }) => before.id === OTHER_ID) ? new MemoryDataFault('numeric out of range') : null;
    await loop.take(...loop.starts(ORDER_ID, OTHER_ID, THIRD_ID));
    expect(loop.letters).to.have.length(1);
    expect(loop.letters[0]).to.include(OTHER_ID);
    expect(loop.run.rowOf(OTHER_ID).stuck).to.include({ code: 'parked' });
    expect([loop.stateOf(ORDER_ID), loop.stateOf(THIRD_ID)]).to.deep.equal(
      Array(2).fill('reservingInventory'),
    );
    expect(loop.published.filter(({ topic }) => topic === 'inventory-requested')).to.have.length(2);
  });

  it('names an unknown saga, or matches nothing, records it and goes on', async () => {
    const loop = new Loop();
    const id = `${UNKNOWN_ID}/inventory.reserve`;
    const reply = controlEnvelope(UNKNOWN_ID, replyId(id), 'inventory.reserved', {}, 0);
    const unmatched = { ...reply, source: '/inventory', commandid: id };
    await loop.take(recordOf('inventory-reserved', unmatched), ...loop.starts(ORDER_ID));
    expect(loop.letters).to.deep.equal([]);
    expect(loop.stateOf(ORDER_ID)).to.equal('reservingInventory');
    expect(loop.run.store.tables.unmatched.has(UNKNOWN_ID)).to.equal(false);
  });
});

describe('a batch during an outage of the database', () => {
  it('waits, and is then handled whole, without a dead letter', async () => {
    const loop = new Loop();
    let failures = 0;
    loop.fail = () => (failures++ < 3 ? new Error('the server closed the connection unexpectedly') : null);
    await loop.take(...loop.starts(ORDER_ID, OTHER_ID, THIRD_ID));
    expect(failures).to.equal(4);
    expect(loop.letters).to.deep.equal([]);
    for (const id of [ORDER_ID, OTHER_ID, THIRD_ID]) {
      expect(loop.stateOf(id)).to.equal('reservingInventory');
      expect(loop.run.rowOf(id).stuck).to.equal(null);
    }
    expect(loop.published.filter(({ topic }) => topic === 'inventory-requested')).to.have.length(3);
  });
});
