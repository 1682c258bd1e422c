/** A redelivered message: from the same offset its outputs are sent again, from another it is dropped. */
import { expect } from 'chai';
import {
  action,
  deadline,
  found,
  inventoryReserved,
  notice,
  ORDER_ID,
  paymentCharged,
  reply,
} from '../sagas/order/testing/given.ts';
import { REPEAT } from './redelivery.ts';
import type { Incoming } from './saga.ts';
import { EngineRun, idsOf, own } from './testing/engine-run.ts';

const elsewhere = (message: Incoming): Incoming => ({
  ...message,
  origin: { ...message.origin, offset: message.origin.offset + 1_000_000 },
});

let engine: EngineRun;
beforeEach(() => {
  engine = new EngineRun();
});

describe('a message that comes again from the same offset', () => {
  it('sends the commands still awaited and the events again: the same bytes', async () => {
    await engine.after(inventoryReserved);
    const due = engine.say(deadline('chargeDeadline'));
    const first = await engine.take(due);
    expect(idsOf(first)).to.deep.equal(own('order.failed', 'payment.refund'));
    const again = await engine.take(due);
    expect(again).to.deep.include({ moves: [], unmatched: [], out: first.out });
  });

  it('sends no command again that was answered since, but its events', async () => {
    await engine.after(inventoryReserved);
    const due = engine.say(deadline('chargeDeadline'));
    await engine.take(due);
    await engine.take(engine.say(found('payment.refunded', 'not-executed')));
    expect(idsOf(await engine.take(due))).to.deep.equal(own('order.failed'));
  });

  it('is judged by the row as the batch leaves it', async () => {
    const reserved = await engine.after(inventoryReserved);
    const again = await engine.take(reserved, engine.say(paymentCharged));
    expect(idsOf(again)).to.deep.equal(own('inventory.confirm'));
  });

  it('sends an action’s event and commands again, though its correlation was not used up', async () => {
    await engine.after(inventoryReserved);
    const compensate = engine.say(action('compensate'));
    const first = await engine.take(compensate);
    expect(await engine.take(compensate)).to.deep.include({
      moves: [],
      unmatched: [],
      faults: [],
      fenceRefusals: 0,
      out: first.out,
    });
  });

  it('though its correlation was not used up: a retry sends again what it sent again', async () => {
    const charging = await engine.after(inventoryReserved);
    const issued = await engine.take(charging);
    const retry = engine.say(action('retry'));
    const first = await engine.take(retry);
    expect(first.out).to.deep.equal(issued.out);
    expect(await engine.take(retry)).to.deep.include({
      moves: [],
      unmatched: [],
      faults: [],
      fenceRefusals: 0,
      out: first.out,
    });
    expect(engine.rowOf().version).to.equal(3);
  });

  it('though its correlation was not used up: a notice is not taken twice', async () => {
    await engine.after(inventoryReserved);
    const delayed = engine.say(notice('payment.delayed'));
    expect((await engine.take(delayed)).moves).to.have.length(1);
    expect(await engine.take(delayed)).to.deep.equal({
      out: [],
      moves: [],
      unmatched: [],
      faults: [],
      fenceRefusals: 0,
      repeats: [],
    });
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
      await engine.after();
      const message = engine.say(sending);
      const first = await engine.take(message);
      expect(first.moves).to.have.length(1);
      expect(await engine.take(elsewhere(message))).to.deep.equal({
        out: [],
        moves: [],
        unmatched: [],
        faults: [],
        fenceRefusals: 0,
        repeats: [{ incoming: elsewhere(message), reason: REPEAT }],
      });
    });

    it(`is dropped in the same batch: ${name}`, async () => {
      await engine.after();
      const message = engine.say(sending);
      const { moves, unmatched, faults } = await engine.take(message, elsewhere(message));
      expect(moves.flatMap(({ entries }) => entries)).to.have.length(1);
      expect([unmatched, faults]).to.deep.equal([[], []]);
    });
  }

  it('is dropped: the start', async () => {
    const begin = await engine.after();
    expect(await engine.take(elsewhere(begin))).to.deep.equal({
      out: [],
      moves: [],
      unmatched: [],
      faults: [],
      fenceRefusals: 0,
      repeats: [{ incoming: elsewhere(begin), reason: REPEAT }],
    });
  });

  it('is dropped: a late success that was undone', async () => {
    await engine.after(
      inventoryReserved,
      deadline('chargeDeadline'),
      found('payment.refunded', 'not-executed'),
    );
    const data = { chargeId: 'c', amount: 1, currency: 'EUR' };
    const late = engine.say(reply('payment.charged', { commandId: `${ORDER_ID}/payment.charge`, data }));
    expect(idsOf(await engine.take(late))).to.deep.equal(own('payment.refund#2'));
    // Reported not executed once more, though it succeeded: a second judgement would find its id in the journal.
    await engine.take(
      engine.say(
        reply('payment.refunded', { commandId: `${ORDER_ID}/payment.refund#2`, data: { found: {} } }),
      ),
    );
    expect(await engine.take(elsewhere(late))).to.deep.equal({
      out: [],
      moves: [],
      unmatched: [],
      faults: [],
      fenceRefusals: 0,
      repeats: [{ incoming: elsewhere(late), reason: REPEAT }],
    });
  });
});
