/** The contract of shipping, on PostgreSQL and in memory. */
import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { newSaga, Published, runBatch } from '#runtime/testing/commands.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { shippingParticipant as participant } from '../handlers.ts';
import { type ShippingStore, shipmentId } from '../store.ts';
import type { ShippingBench } from './bench.ts';
import { cancel, forbid, prepare, prepareId } from './commands.ts';

/** @param open opens a bench of its own */
export function shippingContract(name: string, open: () => Promise<ShippingBench>): void {
  describe(`shipping ${name}`, () => {
    let bench: ShippingBench;
    let out: Published;
    before(async () => {
      bench = await open();
    });
    beforeEach(() => {
      out = new Published();
    });
    after(() => bench.close());
    const run = (records: InRecord[], unitOfWork: UnitOfWork<ShippingStore> = bench.unitOfWork) =>
      runBatch({ participant, unitOfWork, publisher: out }, records);

    it('prepares a shipment, and replies on shipping-prepared', async () => {
      const saga = newSaga();
      await run([prepare(saga)]);
      const [reply] = out.of(saga);
      expect(reply).to.include({ type: 'shipping.prepared', topic: 'shipping-prepared' });
      const id = reply?.data.shipmentId;
      expect(await bench.shipments(saga)).to.deep.equal([
        {
          id,
          state: 'prepared',
          address: { country: 'DE', city: 'Köln' },
          items: [{ sku: 'tea', quantity: 2 }],
        },
      ]);
    });

    it('refuses an unserved country in a batch with served ones', async () => {
      const [a, b, c] = [newSaga(), newSaga(), newSaga()];
      await run([prepare(a), prepare(b, 'AQ'), prepare(c, 'KR')]);
      expect([a, b, c].map((saga) => out.types(saga)[0])).to.deep.equal([
        'shipping.prepared',
        'shipping.refused',
        'shipping.prepared',
      ]);
      expect(out.of(b)[0]?.data).to.include({ code: 'country-not-served' });
      expect(await bench.shipments(b)).to.deep.equal([]);
    });

    it('cancels once, and a second undo finds it undone', async () => {
      const saga = newSaga();
      await run([prepare(saga), cancel(saga), cancel(saga, 2)]);
      const found = { found: { [prepareId(saga)]: 'undone' } };
      expect(
        out
          .of(saga)
          .slice(1)
          .map(({ data }) => data),
      ).to.deep.equal([found, found]);
      expect((await bench.shipments(saga))[0]?.state).to.equal('cancelled');
    });

    it('refuses to cancel a shipment that was handed over', async () => {
      const [left, here] = [newSaga(), newSaga()];
      await run([prepare(left), prepare(here)]);
      await bench.handOver(left);
      await run([cancel(left), cancel(here)]);
      expect(out.types(left).at(-1)).to.equal('shipping.cancelRefused');
      expect(out.types(here).at(-1)).to.equal('shipping.cancelled');
      expect((await bench.shipments(left))[0]?.state).to.equal('handed-over');
    });

    it('revokes a command that never came, and undoes nothing that was done', async () => {
      const [before, done] = [newSaga(), newSaga()];
      await run([forbid(before), prepare(done), prepare(before), forbid(done)]);
      expect(out.types(before)).to.deep.equal(['shipping.revoked', 'shipping.refused']);
      expect(out.of(done).at(-1)?.data).to.deep.equal({ found: { [prepareId(done)]: 'done' } });
      expect((await bench.shipments(done))[0]?.state).to.equal('prepared');
    });

    it('prepares one shipment an order when two processes handle the same commands', async () => {
      const sagas = Array.from({ length: 20 }, newSaga);
      const records = sagas.map((saga) => prepare(saga));
      await Promise.all([run(records), run([...records].reverse(), bench.others)]);
      for (const saga of sagas) {
        expect(out.types(saga)).to.deep.equal(['shipping.prepared', 'shipping.prepared']);
        expect(
          new Set(out.messages.filter(({ key }) => key === saga).map(({ value }) => value)),
        ).to.have.length(1);
        expect(await bench.shipments(saga)).to.have.length(1);
      }
      expect(out.parked()).to.deep.equal([]);
    });

    it('refuses a second shipment of an order as a data fault, with its whole batch', async () => {
      const [sagaId, other] = [newSaga(), newSaga()];
      const shipment = (saga: string) => ({
        id: shipmentId(saga),
        sagaId: saga,
        commandId: prepareId(saga),
        address: { country: 'DE' },
        items: [{ sku: 'tea', quantity: 1 }],
      });
      const insert = (...sagas: string[]) =>
        bench.unitOfWork.transaction(({ store }) => store.insertShipments(sagas.map(shipment), new Date()));
      await insert(sagaId);
      const error = await insert(other, sagaId).catch((refused: unknown) => refused);
      expect(bench.unitOfWork.isDataFault(error), String(error)).to.equal(true);
      expect(await bench.shipments(other)).to.deep.equal([]);
      expect(await bench.shipments(sagaId)).to.have.length(1);
    });

    it('prepares an order’s next shipment once the one before is cancelled', async () => {
      const saga = newSaga();
      await run([prepare(saga), cancel(saga), prepare(saga, 'DE', 2)]);
      expect(out.types(saga)).to.deep.equal(['shipping.prepared', 'shipping.cancelled', 'shipping.prepared']);
      expect((await bench.shipments(saga)).map(({ state }) => state)).to.have.members([
        'cancelled',
        'prepared',
      ]);
    });

    it('cancels a prepared shipment, and keeps one that was handed over', async () => {
      const [here, left] = [newSaga(), newSaga()];
      await run([prepare(here), prepare(left)]);
      await bench.handOver(left);
      await bench.unitOfWork.transaction(({ store }) =>
        store.cancelShipments([left, here, newSaga()], new Date()),
      );
      const states = [...(await bench.shipments(here)), ...(await bench.shipments(left))];
      expect(states.map(({ state }) => state)).to.deep.equal(['cancelled', 'handed-over']);
    });

    it('locks and reads the requested shipments', async () => {
      const [here, gone] = [newSaga(), newSaga()];
      await run([prepare(here), prepare(gone)]);
      await run([cancel(gone)]);
      const lock = (...sagas: string[]) =>
        bench.unitOfWork.transaction(({ store }) => store.lockShipments(sagas));
      expect(await lock(gone, here, newSaga())).to.deep.equal(
        new Map([
          [here, [{ sagaId: here, commandId: prepareId(here), state: 'prepared' }]],
          [gone, [{ sagaId: gone, commandId: prepareId(gone), state: 'cancelled' }]],
        ]),
      );
      expect((await lock()).size).to.equal(0);
    });
  });
}
