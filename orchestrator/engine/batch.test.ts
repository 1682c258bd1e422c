/** A batch through the engine, over the store in memory: taken once, said again where it must be, parked alone. */
import { expect } from 'chai';
import {
  action,
  couponOrder,
  deadline,
  definition,
  found,
  given,
  inventoryReserved,
  newRow,
  notice,
  ORDER_ID,
  order,
  paymentCharged,
  reply,
} from '../sagas/order/testing/given.ts';
import { type MemoryStore, memoryStore } from '../store/memory-store.ts';
import { type Definitions, definitionKey, type Outcome, takeBatch } from './batch.ts';
import type { Registered } from './define.ts';
import type { Store } from './ports.ts';
import type { Incoming, SagaRow } from './saga.ts';
import { type Sending, start } from './testing/messages.ts';

const NOW_MS = Date.UTC(2026, 10, 1, 13);
const OTHER_ID = '019a0000-0000-7000-8000-000000000002';
const mapOf = (...all: Registered[]): Definitions =>
  new Map(all.map((one) => [definitionKey(one.name, one.version), one]));
const definitions = mapOf(definition);

let store: MemoryStore;
const rowOf = (id = ORDER_ID): SagaRow => {
  const found = store.tables.sagas.get(id);
  if (found === undefined) throw new Error(`there is no saga ${id}`);
  return found.row;
};
const say = (sending: Sending, id = ORDER_ID): Incoming => sending(definition, rowOf(id));
const take = (...messages: Incoming[]) => takeBatch(definitions, store, messages, NOW_MS);
const idsOf = ({ out }: Outcome) => out.map(({ value }) => (JSON.parse(String(value)) as { id: string }).id);
const own = (...ids: string[]) => ids.map((id) => `${ORDER_ID}/${id}`);
const elsewhere = (message: Incoming): Incoming => ({
  ...message,
  origin: { ...message.origin, offset: message.origin.offset + 1_000_000 },
});
/** Brings the saga somewhere, one batch a message. Returns the last message. */
async function after(...sendings: Sending[]): Promise<Incoming> {
  let last: Incoming | null = null;
  for (const sending of [start(), ...sendings]) {
    last = say(sending);
    expect((await take(last)).moves, last.envelope.id).to.have.length(1);
  }
  if (last === null) throw new Error('unreachable');
  return last;
}

beforeEach(() => {
  store = memoryStore();
  store.insertSaga(newRow(), new Date(NOW_MS));
  store.insertSaga(newRow(couponOrder, OTHER_ID), new Date(NOW_MS));
});

describe('a batch', () => {
  it('takes several messages of one saga in their order, in one move', async () => {
    const ahead = given();
    const messages = [say(start()), inventoryReserved(definition, ahead.row)];
    const charging = ahead.after(inventoryReserved);
    messages.push(paymentCharged(definition, charging.row));
    const outcome = await take(...messages);
    expect(outcome.moves).to.have.length(1);
    expect(outcome.moves[0]?.entries.map(({ version }) => version)).to.deep.equal([1, 2, 3]);
    expect(idsOf(outcome)).to.deep.equal(own('inventory.reserve', 'payment.charge', 'inventory.confirm'));
    expect(rowOf()).to.include({ version: 3, state: 'confirmingInventory' });
  });

  it('keeps sagas apart', async () => {
    const outcome = await take(say(start()), say(start(), OTHER_ID), say(start()));
    expect(outcome.moves.map(({ after: { id, version } }) => [id, version])).to.deep.equal([
      [ORDER_ID, 1],
      [OTHER_ID, 1],
    ]);
    expect(outcome.strays).to.deep.equal([]);
  });

  it('notes what no saga is there for, and what holds no ticket', async () => {
    const stranger = '019a0000-0000-7000-8000-0000000000aa';
    const message = say(start());
    const unknown = { ...message, envelope: { ...message.envelope, subject: stranger } };
    const stray = say(reply('payment.charged', { commandId: `${ORDER_ID}/payment.charge` }));
    const outcome = await take(unknown, stray);
    expect(outcome.strays.map(({ reason }) => reason)).to.deep.equal(['unknown-saga', 'not-awaited']);
    expect(outcome.out).to.deep.equal([]);
  });

  it('judges a stray again when its saga can take it', async () => {
    const charged = paymentCharged(definition, given().after(inventoryReserved).row);
    await after();
    expect((await take(charged)).strays).to.have.length(1);
    await take(say(inventoryReserved));
    expect((await take(charged)).moves).to.have.length(1);
  });
});

describe('a message that comes again from the same offset', () => {
  it('has the commands still awaited said again, and the facts: the same bytes', async () => {
    await after(inventoryReserved);
    const due = say(deadline('chargeDeadline'));
    const first = await take(due);
    expect(idsOf(first)).to.deep.equal(own('order.failed', 'payment.refund'));
    const again = await take(due);
    expect(again).to.deep.include({ moves: [], strays: [], out: first.out });
  });

  it('has commands that were answered since not said again, the facts still', async () => {
    await after(inventoryReserved);
    const due = say(deadline('chargeDeadline'));
    await take(due);
    await take(say(found('payment.refunded', 'void')));
    expect(idsOf(await take(due))).to.deep.equal(own('order.failed'));
  });

  it('is judged by the row as the batch leaves it', async () => {
    const reserved = await after(inventoryReserved);
    const again = await take(reserved, say(paymentCharged));
    expect(idsOf(again)).to.deep.equal(own('inventory.confirm'));
  });

  it('though its ticket was not used up: an action’s fact and commands are said again', async () => {
    await after(inventoryReserved);
    const compensate = say(action('compensate'));
    const first = await take(compensate);
    expect(await take(compensate)).to.deep.include({ moves: [], strays: [], faults: [], out: first.out });
  });

  it('though its ticket was not used up: a retry sends again what it sent again', async () => {
    const charging = await after(inventoryReserved);
    const issued = await take(charging);
    const retry = say(action('retry'));
    const first = await take(retry);
    expect(first.out).to.deep.equal(issued.out);
    expect(await take(retry)).to.deep.include({ moves: [], strays: [], faults: [], out: first.out });
    expect(rowOf().version).to.equal(3);
  });

  it('though its ticket was not used up: a notice is not taken twice', async () => {
    await after(inventoryReserved);
    const delayed = say(notice('payment.delayed'));
    expect((await take(delayed)).moves).to.have.length(1);
    expect(await take(delayed)).to.deep.equal({ out: [], moves: [], strays: [], faults: [] });
  });
});

describe('a message that comes again from another offset', () => {
  for (const [name, sending] of Object.entries({
    'a reply': inventoryReserved,
    'a timer': deadline('reserveDeadline'),
    'a notice': notice('inventory.delayed'),
    'a retry': action('retry'),
    'a compensation': action('compensate'),
  })) {
    it(`is dropped: ${name}`, async () => {
      await after();
      const message = say(sending);
      const first = await take(message);
      expect(first.moves).to.have.length(1);
      expect(await take(elsewhere(message))).to.deep.equal({ out: [], moves: [], strays: [], faults: [] });
    });

    it(`is dropped in the same batch: ${name}`, async () => {
      await after();
      const message = say(sending);
      const { moves, strays, faults } = await take(message, elsewhere(message));
      expect(moves.flatMap(({ entries }) => entries)).to.have.length(1);
      expect([strays, faults]).to.deep.equal([[], []]);
    });
  }

  it('is dropped: the start', async () => {
    const begin = await after();
    expect(await take(elsewhere(begin))).to.deep.equal({ out: [], moves: [], strays: [], faults: [] });
  });

  it('is dropped: a late success that was undone', async () => {
    await after(inventoryReserved, deadline('chargeDeadline'), found('payment.refunded', 'void'));
    const data = { chargeId: 'c', amount: 1, currency: 'EUR' };
    const late = say(reply('payment.charged', { commandId: `${ORDER_ID}/payment.charge`, data }));
    expect(idsOf(await take(late))).to.deep.equal(own('payment.refund#2'));
    // Found void once more, though it succeeded: were it judged anew, its id would be in the journal already.
    await take(
      say(reply('payment.refunded', { commandId: `${ORDER_ID}/payment.refund#2`, data: { found: {} } })),
    );
    expect(await take(elsewhere(late))).to.deep.equal({ out: [], moves: [], strays: [], faults: [] });
  });
});

describe('a saga the fence refused', () => {
  /** A store whose first read is stale: another engine moves the saga right after it. */
  function raced(moving: () => Promise<unknown>): Store {
    let reads = 0;
    return {
      ...store,
      async readSagas(ids) {
        const rows = await store.readSagas(ids);
        reads += 1;
        if (reads === 1) await moving();
        return rows;
      },
    };
  }

  it('is read and stepped again, and its message taken on what is there now', async () => {
    await after();
    const told = say(notice('inventory.delayed'));
    const mine = say(inventoryReserved);
    const outcome = await takeBatch(
      definitions,
      raced(() => take(told)),
      [mine],
      NOW_MS,
    );
    expect(outcome.moves).to.have.length(1);
    expect(rowOf()).to.include({ version: 3, state: 'chargingPayment' });
  });

  it('does not take the others of the batch along', async () => {
    await after();
    const told = say(notice('inventory.delayed'));
    const batch = [say(inventoryReserved), say(start(), OTHER_ID)];
    const outcome = await takeBatch(
      definitions,
      raced(() => take(told)),
      batch,
      NOW_MS,
    );
    expect(outcome.moves.map(({ after: { id } }) => id)).to.have.members([ORDER_ID, OTHER_ID]);
    expect(store.tables.journal.get(OTHER_ID)).to.have.length(1);
  });

  it('where the other engine took this very message: nothing is taken twice, and it is said again', async () => {
    await after();
    const mine = say(inventoryReserved);
    const outcome = await takeBatch(
      definitions,
      raced(() => take(mine)),
      [mine],
      NOW_MS,
    );
    expect(outcome.moves).to.deep.equal([]);
    expect(idsOf(outcome)).to.deep.equal(own('payment.charge'));
  });

  it('has its strays and outcomes judged on the fresh row only', async () => {
    await after();
    const reserved = say(inventoryReserved);
    store.insertAction(ORDER_ID, say(action('compensate')).envelope.data as never, new Date(0), new Date(0));
    const batch = [say(action('compensate'))];
    const outcome = await takeBatch(
      definitions,
      raced(() => take(reserved)),
      batch,
      NOW_MS,
    );
    expect(outcome.moves).to.deep.equal([]);
    const [stored] = [...store.tables.actions.values()];
    expect(stored).to.include({ state: 'refused' });
    expect(stored?.detail).to.match(/revision 2, not 1/);
  });
});

describe('an action', () => {
  it('has its outcome written with its move', async () => {
    await after(inventoryReserved);
    const compensate = say(action('compensate'));
    store.insertAction(ORDER_ID, compensate.envelope.data as never, new Date(0), new Date(0));
    await take(compensate);
    await take(compensate);
    const [stored] = [...store.tables.actions.values()];
    expect(stored).to.deep.include({
      state: 'applied',
      detail: own('order.failed', 'payment.refund').join(', '),
    });
  });
});

describe('what a definition cannot take', () => {
  const broken: Registered = {
    ...definition,
    statusOf: (state) => {
      if (state === 'chargingPayment') throw new Error('a defect');
      return definition.statusOf(state);
    },
  };

  it('is a fault of that message alone: the saga stands, the others are taken', async () => {
    await after();
    const batch = [say(inventoryReserved), say(notice('inventory.delayed')), say(start(), OTHER_ID)];
    const outcome = await takeBatch(mapOf(broken), store, batch, NOW_MS);
    expect(outcome.faults.map(({ incoming }) => incoming)).to.deep.equal([batch[0]]);
    expect(rowOf()).to.include({ version: 2, state: 'reservingInventory' });
    expect(rowOf(OTHER_ID).version).to.equal(1);
  });

  it('is found before anything is written: a command no topic could carry', async () => {
    const huge = { ...order, shippingAddress: { country: 'DE', name: 'x'.repeat(300_000) } };
    const id = '019a0000-0000-7000-8000-000000000003';
    store.insertSaga(newRow(huge, id), new Date(NOW_MS));
    const ahead = given(huge, id).after(inventoryReserved, paymentCharged);
    await take(say(start(), id), inventoryReserved(definition, given(huge, id).row));
    await take(paymentCharged(definition, rowOf(id)));
    const confirmed = reply('inventory.confirmed', { data: {} })(definition, ahead.row);
    const outcome = await take(confirmed, say(start(), OTHER_ID));
    expect(outcome.faults.map(({ error }) => (error as { code: string }).code)).to.deep.equal(['too-large']);
    expect(rowOf(id).state).to.equal('confirmingInventory');
    expect(outcome.moves.map(({ after: { id: moved } }) => moved)).to.deep.equal([OTHER_ID]);
  });

  it('is waited for where this engine does not know the version', async () => {
    const error = await takeBatch(mapOf(), store, [say(start())], NOW_MS).catch((thrown: unknown) => thrown);
    expect(error).to.include({ name: 'RetryableError', code: 'unknown-definition-version' });
  });
});
