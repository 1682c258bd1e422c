/** What the engine needs of its store, whichever it is: the same tests on PostgreSQL and in memory. */
import { expect } from 'chai';
import { toMessage } from '#engine/redelivery.ts';
import { incoming, start } from '#engine/testing/messages.ts';
import {
  action,
  couponOrder,
  deadline,
  found,
  inventoryReserved,
  order,
  reply,
} from '#orchestrator/sagas/order/testing/given.ts';
import { UNMATCHED_PER_SAGA } from '../tables.ts';
import { type Bench, begin, moveOf, newId, write } from './bench.ts';

/** @param open a bench with nothing in it that these tests mind */
export function engineStoreContract(name: string, open: () => Promise<Bench>): void {
  describe(`the engine’s store ${name}`, () => {
    let bench: Bench;
    before(async () => {
      bench = await open();
    });
    after(() => bench.close());

    const read = async (id: string) => (await bench.store.readSagas([id])).get(id);
    const dueAt = async (id: string) => (await bench.sweeping(id)).dueAt?.getTime();

    it('gives a row back as it was written, and nothing for an id it does not know', async () => {
      const born = await begin(bench, couponOrder);
      expect(await read(born.row.id)).to.deep.equal(born.row);
      const { run } = await write(bench, born, start(), inventoryReserved);
      expect(await read(run.row.id)).to.deep.equal(run.row);
      expect(await read(newId())).to.equal(undefined);
    });

    it('lets one of two moves from the same version in, and the journal of that one only', async () => {
      const { run } = await write(bench, await begin(bench), start());
      const first = await write(bench, run, inventoryReserved);
      const second = await write(bench, run, 'inventory.refused');
      expect([first.moved, second.moved]).to.deep.equal([true, false]);
      expect(await read(run.row.id)).to.deep.equal(first.run.row);
      expect(await bench.journalled(run.row.id)).to.have.members([
        `${run.row.id}/order.created`,
        `${run.row.id}/inventory.reserve/reply`,
      ]);
    });

    it('moves the others of a writing in which one was refused', async () => {
      const [stale, fresh] = [await begin(bench), await begin(bench)];
      await write(bench, stale, start());
      const moves = [moveOf(stale, start(), inventoryReserved).move, moveOf(fresh, start()).move];
      const moved = await bench.store.write({ moves, outcomes: [] });
      expect([...moved]).to.deep.equal([fresh.row.id]);
      expect(await bench.journalled(stale.row.id)).to.have.length(1);
    });

    it('only lowers due_at, clears it with the last transition, and sets it again', async () => {
      const born = await begin(bench, order, new Date(1_000));
      const { move, run } = moveOf(born, start());
      await bench.store.write({ moves: [move], outcomes: [] });
      expect(await dueAt(born.row.id)).to.equal(1_000);
      const sooner = moveOf(run, inventoryReserved);
      await bench.store.write({ moves: [{ ...sooner.move, dueAt: new Date(500) }], outcomes: [] });
      expect(await dueAt(born.row.id)).to.equal(500);
      const given = [
        deadline('chargeDeadline'),
        found('payment.refunded', 'not-executed'),
        'inventory.released',
      ];
      const ended = await write(bench, sooner.run, ...given);
      expect(await dueAt(born.row.id)).to.equal(undefined);
      const data = { chargeId: 'c', amount: 1, currency: 'EUR' };
      const late = reply('payment.charged', { commandId: `${born.row.id}/payment.charge`, data });
      const woken = moveOf(ended.run, late);
      await bench.store.write({ moves: [woken.move], outcomes: [] });
      expect(await dueAt(born.row.id)).to.equal(woken.move.dueAt?.getTime());
    });

    it('keeps an action’s outcome with the move it made, and without it if the fence refused', async () => {
      const { run } = await write(bench, await begin(bench), start());
      const [applied, lost] = [newId(), newId()];
      for (const actionId of [applied, lost])
        await bench.insertAction(
          run.row.id,
          { actionId, action: 'compensate', revision: 1, actor: 'ann', reason: 'why' },
          new Date(0),
        );
      const { move } = moveOf(run, action('compensate', { actionId: applied }));
      const outcome = (actionId: string) => ({
        actionId,
        sagaId: run.row.id,
        state: 'applied' as const,
        detail: 'done',
        at: new Date(5),
      });
      await bench.store.write({ moves: [move], outcomes: [outcome(applied)] });
      await bench.store.write({ moves: [move], outcomes: [outcome(lost)] });
      expect(await bench.action(applied)).to.deep.equal({ state: 'applied', detail: 'done' });
      expect(await bench.action(lost)).to.include({ state: 'waiting' });
    });

    it('keeps a refusal without a move, and the first outcome for good', async () => {
      const { row } = await begin(bench);
      const actionId = newId();
      const data = { actionId, action: 'retry', revision: 0, actor: 'ann', reason: 'why' } as const;
      await bench.insertAction(row.id, data, new Date(0));
      for (const state of ['refused', 'applied'] as const)
        await bench.store.write({
          moves: [],
          outcomes: [{ actionId, sagaId: row.id, state, detail: state, at: new Date(5) }],
        });
      expect(await bench.action(actionId)).to.deep.equal({ state: 'refused', detail: 'refused' });
    });

    it('reads the journal of the requested messages', async () => {
      const { move, run } = moveOf(await begin(bench), start(), inventoryReserved, action('retry'));
      await bench.store.write({ moves: [move], outcomes: [] });
      const ids = [`${run.row.id}/inventory.reserve/reply`, `${run.row.id}/nothing`];
      const recorded = await bench.store.readJournal(
        ids.map((messageId) => ({ sagaId: run.row.id, messageId })),
      );
      const [, entry] = move.entries;
      expect(recorded).to.deep.equal([
        {
          sagaId: run.row.id,
          messageId: entry?.messageId,
          origin: entry?.origin,
          out: entry?.out,
          change: entry?.change,
        },
      ]);
      expect(await bench.store.readJournal([])).to.deep.equal([]);
    });

    it('gives a command’s exact bytes back: the order of its fields, and every character', async () => {
      const odd = 'Zoë 🎁 "q" \\ \u2028 é';
      const born = await begin(bench, { ...order, shippingAddress: { name: odd, country: 'DE', city: odd } });
      const { move, run } = moveOf(
        born,
        start(),
        inventoryReserved,
        'payment.charged',
        'inventory.confirmed',
      );
      await bench.store.write({ moves: [move], outcomes: [] });
      const sent = move.entries.flatMap(({ out, version }) => out.map((one) => ({ one, version })));
      expect(sent.map(({ one }) => one.event.type)).to.include('shipping.prepare');
      for (const { one, version } of sent) {
        const requested = [{ sagaId: run.row.id, version, commandId: one.event.id }];
        expect(await bench.store.readCommands(requested)).to.deep.equal([toMessage(one)]);
      }
    });

    it('marks a saga stuck from outside: the first reason stands, and the fence moves', async () => {
      const { run } = await write(bench, await begin(bench), start());
      await bench.store.raiseIncident(run.row.id, { code: 'parked', text: 'one', at: null }, new Date(10));
      await bench.store.raiseIncident(run.row.id, { code: 'parked', text: 'two', at: null }, new Date(20));
      expect((await read(run.row.id))?.stuck).to.deep.include({ code: 'parked', text: 'one' });
      expect((await write(bench, run, inventoryReserved)).moved).to.equal(false);
    });

    it('leaves the version where no engine knows the saga: the journal has no gap once one does', async () => {
      const { run } = await write(bench, await begin(bench), start());
      const incident = { code: 'unknown-version', text: 'why', at: run.row.version };
      await bench.store.raiseIncident(run.row.id, incident, new Date(10));
      expect((await read(run.row.id))?.stuck).to.include({ code: 'unknown-version' });
      expect((await write(bench, run, inventoryReserved)).moved).to.equal(true);
    });

    it('raises no incident of a saga that has moved on since its version was unsupported', async () => {
      const { run } = await write(bench, await begin(bench), start());
      const incident = { code: 'unknown-version', text: 'why', at: run.row.version };
      await write(bench, run, inventoryReserved);
      await bench.store.raiseIncident(run.row.id, incident, new Date(10));
      expect((await read(run.row.id))?.stuck).to.equal(null);
    });

    it('leaves an unstarted saga unstarted when it raises an incident', async () => {
      const born = await begin(bench);
      await bench.store.raiseIncident(born.row.id, { code: 'parked', text: 'why', at: null }, new Date(10));
      const raised = await read(born.row.id);
      expect(raised).to.include({ version: 0 });
      expect((await write(bench, born, start())).moved).to.equal(true);
    });

    it('makes an ended saga due again when it raises an incident, so that operators find it', async () => {
      const ended = await write(bench, await begin(bench), start(), 'inventory.refused');
      expect(await dueAt(ended.run.row.id)).to.equal(undefined);
      await bench.store.raiseIncident(
        ended.run.row.id,
        { code: 'parked', text: 'why', at: null },
        new Date(10),
      );
      expect(await dueAt(ended.run.row.id)).to.equal(10);
    });

    it('stores each unmatched message of an existing saga once, counts repeats, and bounds their number', async () => {
      const { row } = await begin(bench);
      const unmatched = (id: string, subject = row.id) => ({
        incoming: incoming(row, 'saga-replies', { id, subject }),
        reason: 'not-awaited',
      });
      const stranger = newId();
      const elsewhere = '11111111-1111-4111-8111-111111111111';
      await bench.store.recordUnmatched(
        [unmatched('a'), unmatched('a'), unmatched('b'), unmatched('x', stranger), unmatched('x', elsewhere)],
        new Date(),
      );
      await bench.store.recordUnmatched([unmatched('a')], new Date());
      expect(await bench.unmatched(row.id)).to.have.deep.members([
        { messageId: 'a', reason: 'not-awaited', count: 2 },
        { messageId: 'b', reason: 'not-awaited', count: 1 },
      ]);
      expect(await bench.unmatched(stranger)).to.deep.equal([]);
      const many = Array.from({ length: UNMATCHED_PER_SAGA * 2 }, (_, nth) => unmatched(`many-${nth}`));
      await bench.store.recordUnmatched(many, new Date());
      await bench.store.recordUnmatched([unmatched('one-more'), unmatched('b')], new Date());
      const kept = await bench.unmatched(row.id);
      expect(kept).to.have.length(UNMATCHED_PER_SAGA);
      expect(kept).to.deep.include({ messageId: 'b', reason: 'not-awaited', count: 2 });
    });

    it('refuses a whole writing for bad data in one, as the data’s fault', async () => {
      const [good, bad] = [await begin(bench), await begin(bench)];
      const moves = [moveOf(good, start()).move, moveOf(bad, start()).move];
      const smuggled = moves.map((move) => ({
        ...move,
        entries: move.entries.map((entry) =>
          entry.sagaId === bad.row.id ? { ...entry, toState: 'a\u0000b' } : entry,
        ),
      }));
      const refusal = await bench.store
        .write({ moves: smuggled, outcomes: [] })
        .catch((error: unknown) => error);
      expect(bench.isDataFault(refusal), String(refusal)).to.equal(true);
      expect(await read(good.row.id)).to.deep.equal(good.row);
    });

    it('refuses a message that was journalled before, as the data’s fault', async () => {
      const { run } = await write(bench, await begin(bench), start());
      const { move } = moveOf(run, action('retry'));
      await bench.store.write({ moves: [move], outcomes: [] });
      const again = { ...move, before: move.after, after: { ...move.after, version: 3 } };
      const refusal = await bench.store
        .write({ moves: [again], outcomes: [] })
        .catch((error: unknown) => error);
      expect(bench.isDataFault(refusal), String(refusal)).to.equal(true);
      expect(await read(run.row.id)).to.include({ version: 2 });
    });
  });
}
