/** A saga of a version this engine does not know: its messages wait or go to those who know it; all others flow on. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { encode } from '#protocol/codec.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';
import {
  action,
  couponOrder,
  definition,
  found,
  inventoryReserved,
  newRow,
  ORDER_ID,
  order,
  reply,
} from '../sagas/order/testing/given.ts';
import { orderV2 } from '../sagas/order/testing/next.ts';
import { type MemoryStore, memoryStore } from '../store/testing/memory-store.ts';
import { handleEngineBatch } from './consume-batch.ts';
import { register } from './definition/definition.ts';
import type { Store } from './ports.ts';
import type { Incoming, SagaRow } from './saga.ts';
import { SagaCache } from './saga-cache.ts';
import { type Definitions, UNKNOWN_VERSION } from './step-batch.ts';
import { mapOf, NOW_MS, OTHER_ID } from './testing/engine-run.ts';
import { type Sending, start } from './testing/messages.ts';

const v2 = register(orderV2());
const OLD = mapOf(definition);
const NEXT = mapOf(definition, v2);

describe('a version this engine does not know', () => {
  let store: MemoryStore;
  let published: string[];

  beforeEach(() => {
    published = [];
    store = memoryStore();
    // The order is of version 2, the other one of version 1.
    store.insertSaga({ ...newRow(order), definitionVersion: 2 }, new Date(NOW_MS));
    store.insertSaga(newRow(couponOrder, OTHER_ID), new Date(NOW_MS));
  });

  const rowOf = (id = ORDER_ID): SagaRow => {
    const saga = store.tables.sagas.get(id);
    if (saga === undefined) throw new Error(`there is no saga ${id}`);
    return saga.row;
  };
  const say = (sending: Sending, id = ORDER_ID) => sending(id === ORDER_ID ? v2 : definition, rowOf(id));
  const reasons = (id = ORDER_ID) => (store.tables.unmatched.get(id) ?? []).map(({ reason }) => reason);

  async function take(definitions: Definitions, messages: Incoming[], knowing: string[] = []): Promise<void> {
    const over: Store = { ...store, enginesKnowing: async () => knowing };
    const outbox = {
      publish: async (out: readonly OutMessage[]) => {
        published.push(...out.map(({ value }) => (JSON.parse(String(value)) as { id: string }).id));
      },
    };
    const parts = {
      definitions,
      store: over,
      cache: new SagaCache(),
      outbox,
      log: silent,
      now: () => NOW_MS,
      isDataFault: () => false,
    };
    await (await handleEngineBatch(parts, messages.map(toRecord))).published;
  }

  it('keeps no other saga of the batch waiting, and is never a dead letter', async () => {
    await take(OLD, [say(start()), say(start(), OTHER_ID)]);
    expect(rowOf(OTHER_ID).state).to.equal('reservingInventory');
    expect(published).to.deep.equal([`${OTHER_ID}/inventory.reserve`]);
    expect(rowOf()).to.include({ version: 0, stuck: null });
    expect(reasons()).to.deep.equal([UNKNOWN_VERSION]);
  });

  it('raises an incident of a begun saga, and is applied when an engine that supports it receives it again', async () => {
    await take(NEXT, [say(start())]);
    const answer = say(inventoryReserved);
    await take(OLD, [answer]);
    await take(OLD, [answer]);
    expect(rowOf().stuck).to.include({ code: UNKNOWN_VERSION });
    expect(reasons()).to.deep.equal([UNKNOWN_VERSION]);
    await take(NEXT, [answer]);
    expect(rowOf()).to.include({ state: 'chargingPayment', stuck: null });
  });

  it('ends this engine where another one knows it, with nothing noted and nothing sent', async () => {
    await take(NEXT, [say(start())]);
    published = [];
    const error = await take(OLD, [say(inventoryReserved)], ['engine-2/1a2b']).catch((thrown) => thrown);
    expect(error).to.include({ code: 'unknown-definition-version' });
    expect(error.message).to.match(/order v2, known to engine-2\/1a2b and not here/);
    expect(reasons()).to.deep.equal([]);
    expect(rowOf().stuck).to.equal(null);
    expect(published).to.deep.equal([]);
  });

  it('publishes again the messages that a crash may have kept from the brokers, in every engine', async () => {
    const begun = say(start());
    await take(NEXT, [begun]);
    published = [];
    await take(OLD, [begun]);
    expect(published).to.deep.equal([`${ORDER_ID}/inventory.reserve`]);
    expect(reasons()).to.deep.equal([]);
  });

  it('does not disturb a saga that has ended, unless a success nothing undid comes after all', async () => {
    await take(NEXT, [say(start())]);
    await take(NEXT, [say(action('compensate'))]);
    await take(NEXT, [say(found('inventory.released', 'not-executed'))]);
    expect(rowOf()).to.include({ state: 'failed', stuck: null });
    const commandId = `${ORDER_ID}/inventory.reserve`;
    const refused = say(reply('inventory.reserved', { commandId: `${ORDER_ID}/payment.charge`, data: {} }));
    await take(OLD, [refused], ['engine-2/1a2b']);
    await take(OLD, [say(reply('inventory.refused', { commandId, data: { code: 'revoked' } }))]);
    expect(rowOf().stuck).to.equal(null);
    const late = say(reply('inventory.reserved', { commandId, data: {} }));
    expect(late.envelope.id).to.equal(replyId(commandId));
    await take(OLD, [late], ['engine-2/1a2b']);
    expect(rowOf().stuck).to.include({ code: UNKNOWN_VERSION });
  });

  /** As its author would have published it. */
  function toRecord({ envelope, origin }: Incoming): InRecord {
    const author = envelope.commandid === undefined ? 'orchestrator' : envelope.type.split('.')[0];
    const value = Buffer.from(encode({ ...envelope, source: `/${author}` }));
    return { ...origin, key: envelope.subject, value, timestamp: NOW_MS };
  }
});
