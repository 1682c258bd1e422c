/** A batch through the engine, over the store in memory: each saga moves once, and a bad message is parked alone. */
import { expect } from 'chai';
import {
  action,
  definition,
  given,
  inventoryConfirmed,
  inventoryReserved,
  newRow,
  notice,
  ORDER_ID,
  order,
  paymentCharged,
  reply,
  shippingPrepared,
} from '../sagas/order/testing/given.ts';
import type { Registered } from './definition/definition.ts';
import type { Store } from './ports.ts';
import type { Incoming } from './saga.ts';
import { SagaCache } from './saga-cache.ts';
import { stepBatch } from './step-batch.ts';
import { definitions, EngineRun, idsOf, mapOf, NOW_MS, OTHER_ID, own } from './testing/engine-run.ts';
import { start } from './testing/messages.ts';

let engine: EngineRun;
beforeEach(() => {
  engine = new EngineRun();
});

describe('a batch', () => {
  it('takes several messages of one saga in their order, in one move', async () => {
    const ahead = given();
    const messages = [engine.say(start()), inventoryReserved(definition, ahead.row)];
    const charging = ahead.after(inventoryReserved);
    messages.push(paymentCharged(definition, charging.row));
    const outcome = await engine.take(...messages);
    expect(outcome.moves).to.have.length(1);
    expect(outcome.moves[0]?.entries.map(({ version }) => version)).to.deep.equal([1, 2, 3]);
    expect(idsOf(outcome)).to.deep.equal(own('inventory.reserve', 'payment.charge', 'inventory.confirm'));
    expect(engine.rowOf()).to.include({ version: 3, state: 'confirmingInventory' });
  });

  it('keeps sagas apart', async () => {
    const outcome = await engine.take(
      engine.say(start()),
      engine.say(start(), OTHER_ID),
      engine.say(start()),
    );
    expect(outcome.moves.map(({ after: { id, version } }) => [id, version])).to.deep.equal([
      [ORDER_ID, 1],
      [OTHER_ID, 1],
    ]);
    expect(outcome.unmatched).to.deep.equal([]);
  });

  it('notes what no saga is there for, and what holds no correlation', async () => {
    const stranger = '019a0000-0000-7000-8000-0000000000aa';
    const message = engine.say(start());
    const unknown = { ...message, envelope: { ...message.envelope, subject: stranger } };
    const unmatched = engine.say(reply('payment.charged', { commandId: `${ORDER_ID}/payment.charge` }));
    const outcome = await engine.take(unknown, unmatched);
    expect(outcome.unmatched.map(({ reason }) => reason)).to.deep.equal(['unknown-saga', 'not-awaited']);
    expect(outcome.out).to.deep.equal([]);
  });

  it('handles an unmatched message again when its saga can take it', async () => {
    const charged = paymentCharged(definition, given().after(inventoryReserved).row);
    await engine.after();
    expect((await engine.take(charged)).unmatched).to.have.length(1);
    await engine.take(engine.say(inventoryReserved));
    expect((await engine.take(charged)).moves).to.have.length(1);
  });
});

describe('a saga the fence refused', () => {
  /** A store whose first read is stale: another engine moves the saga right after it. */
  function raced(moving: () => Promise<unknown>): Store {
    let reads = 0;
    return {
      ...engine.store,
      async readSagas(ids) {
        const rows = await engine.store.readSagas(ids);
        reads += 1;
        if (reads === 1) await moving();
        return rows;
      },
    };
  }

  it('is read and stepped again, and its message taken on what is there now', async () => {
    await engine.after();
    const delayed = engine.say(notice('inventory.delayed'));
    const mine = engine.say(inventoryReserved);
    const outcome = await stepBatch(
      definitions,
      raced(() => engine.take(delayed)),
      [mine],
      NOW_MS,
    );
    expect(outcome.moves).to.have.length(1);
    expect(engine.rowOf()).to.include({ version: 3, state: 'chargingPayment' });
  });

  it('does not take the others of the batch along', async () => {
    await engine.after();
    const delayed = engine.say(notice('inventory.delayed'));
    const batch = [engine.say(inventoryReserved), engine.say(start(), OTHER_ID)];
    const outcome = await stepBatch(
      definitions,
      raced(() => engine.take(delayed)),
      batch,
      NOW_MS,
    );
    expect(outcome.moves.map(({ after: { id } }) => id)).to.have.members([ORDER_ID, OTHER_ID]);
    expect(engine.store.tables.journal.get(OTHER_ID)).to.have.length(1);
  });

  it('where the other engine applied this very message: it is applied once, and its outputs are sent again', async () => {
    await engine.after();
    const mine = engine.say(inventoryReserved);
    const outcome = await stepBatch(
      definitions,
      raced(() => engine.take(mine)),
      [mine],
      NOW_MS,
    );
    expect(outcome.moves).to.deep.equal([]);
    expect(idsOf(outcome)).to.deep.equal(own('payment.charge'));
  });

  it('has its unmatched and outcomes judged on the fresh row only', async () => {
    await engine.after();
    const reserved = engine.say(inventoryReserved);
    engine.store.insertAction(
      ORDER_ID,
      engine.say(action('compensate')).envelope.data as never,
      new Date(0),
      new Date(0),
    );
    const batch = [engine.say(action('compensate'))];
    const outcome = await stepBatch(
      definitions,
      raced(() => engine.take(reserved)),
      batch,
      NOW_MS,
    );
    expect(outcome.moves).to.deep.equal([]);
    const [stored] = [...engine.store.tables.actions.values()];
    expect(stored).to.include({ state: 'refused' });
    expect(stored?.detail).to.match(/revision 2, not 1/);
  });
});

describe('an action', () => {
  it('has its outcome written with its move', async () => {
    await engine.after(inventoryReserved);
    const compensate = engine.say(action('compensate'));
    engine.store.insertAction(ORDER_ID, compensate.envelope.data as never, new Date(0), new Date(0));
    await engine.take(compensate);
    await engine.take(compensate);
    const [stored] = [...engine.store.tables.actions.values()];
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
    await engine.after();
    const batch = [
      engine.say(inventoryReserved),
      engine.say(notice('inventory.delayed')),
      engine.say(start(), OTHER_ID),
    ];
    const outcome = await stepBatch(mapOf(broken), engine.store, batch, NOW_MS);
    expect(outcome.faults.map(({ incoming }) => incoming)).to.deep.equal([batch[0]]);
    expect(engine.rowOf()).to.include({ version: 2, state: 'reservingInventory' });
    expect(engine.rowOf(OTHER_ID).version).to.equal(1);
  });

  it('is found before anything is written: a command no topic could carry', async () => {
    const huge = { ...order, shippingAddress: { country: 'DE', name: 'x'.repeat(300_000) } };
    const id = '019a0000-0000-7000-8000-000000000003';
    engine.store.insertSaga(newRow(huge, id), new Date(NOW_MS));
    const ahead = given(huge, id).after(inventoryReserved, paymentCharged);
    await engine.take(engine.say(start(), id), inventoryReserved(definition, given(huge, id).row));
    await engine.take(paymentCharged(definition, engine.rowOf(id)));
    const confirmed = reply('inventory.confirmed', { data: {} })(definition, ahead.row);
    const outcome = await engine.take(confirmed, engine.say(start(), OTHER_ID));
    expect(outcome.faults.map(({ error }) => (error as { code: string }).code)).to.deep.equal(['too-large']);
    expect(engine.rowOf(id).state).to.equal('confirmingInventory');
    expect(outcome.moves.map(({ after: { id: moved } }) => moved)).to.deep.equal([OTHER_ID]);
  });
});

describe('an action that arrives before the start', () => {
  it('starts the saga and is applied at once; the start event is a repeat when it arrives', async () => {
    const begin = engine.say(start());
    const cancel = engine.say(action('cancel'));
    const outcome = await engine.take(cancel);
    expect(outcome.unmatched).to.deep.equal([]);
    expect(idsOf(outcome)).to.deep.equal(own('inventory.reserve', 'order.failed', 'inventory.release'));
    expect(engine.rowOf()).to.include({ version: 2, state: 'compensating.releasingInventory' });
    expect(await engine.take(begin)).to.deep.include({ moves: [], unmatched: [], out: [] });
    expect(engine.rowOf().version).to.equal(2);
  });

  it('in one batch with the start event, in either order, is applied once', async () => {
    for (const inOrder of [true, false]) {
      engine = new EngineRun();
      const messages = [engine.say(start()), engine.say(action('cancel'))];
      const outcome = await engine.take(...(inOrder ? messages : messages.toReversed()));
      expect(outcome.moves.flatMap(({ entries }) => entries.map(({ version }) => version))).to.deep.equal([
        1, 2,
      ]);
      expect(outcome.unmatched).to.deep.equal([]);
    }
  });

  it('means the saga as it starts: its author saw the revision before', async () => {
    const outcome = await engine.take(engine.say(action('pause')));
    expect(idsOf(outcome)).to.deep.equal(own('inventory.reserve'));
    expect(engine.rowOf()).to.include({ version: 2, paused: true });
  });

  it('is refused as on a started saga, and the saga has started', async () => {
    const outcome = await engine.take(engine.say(action('resume')));
    expect(outcome.moves).to.have.length(1);
    expect(engine.rowOf()).to.include({ version: 1, state: 'reservingInventory' });
  });

  it('redelivered, sends again what the start and the action still owe', async () => {
    const pause = engine.say(action('pause'));
    const first = await engine.take(pause);
    expect((await engine.take(pause)).out).to.deep.equal(first.out);
  });

  it('waits where the definition throws at the start', async () => {
    const broken: Registered = {
      ...definition,
      transition: () => {
        throw new Error('a defect');
      },
    };
    const outcome = await stepBatch(mapOf(broken), engine.store, [engine.say(action('cancel'))], NOW_MS);
    expect(outcome.faults).to.deep.equal([]);
    expect(outcome.unmatched.map(({ reason }) => reason)).to.deep.equal(['not-started']);
  });
});

describe('a saga in the engine’s cache', () => {
  let cache: SagaCache;
  let read: string[];
  /** The engine whose cache it is; `engine.take` is another one. */
  const take = (...messages: Incoming[]) => {
    read = [];
    const store: Store = {
      ...engine.store,
      async readSagas(ids) {
        read.push(...ids);
        return engine.store.readSagas(ids);
      },
    };
    return stepBatch(definitions, store, messages, NOW_MS, { cache });
  };
  beforeEach(async () => {
    cache = new SagaCache();
    await take(engine.say(start()));
    expect(read).to.deep.equal([ORDER_ID]);
  });

  it('is not read for its next message', async () => {
    const { moves } = await take(engine.say(inventoryReserved));
    expect(read).to.deep.equal([]);
    expect(moves).to.have.length(1);
    expect(engine.rowOf()).to.include({ version: 2, state: 'chargingPayment' });
  });

  it('is read where another engine has moved it, and its message is taken on what is there', async () => {
    await engine.take(engine.say(notice('inventory.delayed')));
    const outcome = await take(engine.say(inventoryReserved));
    expect(outcome.moves).to.have.length(1);
    expect(outcome.fenceRefusals).to.equal(1);
    expect(read).to.deep.equal([ORDER_ID]);
    expect(engine.rowOf()).to.include({ version: 3, state: 'chargingPayment' });
  });

  it('is read before a message is set aside that another engine’s move makes it wait for', async () => {
    await engine.take(engine.say(inventoryReserved));
    const outcome = await take(engine.say(paymentCharged));
    expect(read).to.deep.equal([ORDER_ID]);
    expect(outcome.unmatched).to.deep.equal([]);
    expect(engine.rowOf()).to.include({ version: 3, state: 'confirmingInventory' });
  });

  it('is read before an action is refused that names the revision of another engine’s move', async () => {
    await engine.take(engine.say(inventoryReserved));
    const compensate = engine.say(action('compensate'));
    const outcome = await take(compensate);
    expect(outcome.moves).to.have.length(1);
    expect(read).to.deep.equal([ORDER_ID]);
    expect(engine.rowOf().status).to.equal('compensating');
  });

  it('is forgotten once it has ended', async () => {
    const reserved = engine.say(inventoryReserved);
    await take(reserved);
    for (const sending of [paymentCharged, inventoryConfirmed, shippingPrepared])
      await take(engine.say(sending));
    expect(engine.rowOf().status).to.equal('completed');
    expect((await take(reserved)).moves).to.deep.equal([]);
    expect(read).to.deep.equal([ORDER_ID]);
  });
});
