/** The contract of inventory, on PostgreSQL and in memory. */
import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { newSaga, Published, runBatch } from '#runtime/testing/commands.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { inventoryParticipant as participant } from '../handlers.ts';
import type { InventoryStore, Movement, Reservation } from '../store.ts';
import { type InventoryBench, setStock } from './bench.ts';
import { confirm, release, reserve, stepsOf } from './commands.ts';

/** @param open opens a bench of its own */
export function inventoryContract(name: string, open: () => Promise<InventoryBench>): void {
  describe(`inventory ${name}`, () => {
    let bench: InventoryBench;
    let out: Published;
    before(async () => {
      bench = await open();
    });
    beforeEach(() => {
      out = new Published();
    });
    afterEach(async () => {
      expect(await bench.imbalances()).to.deep.equal([]);
    });
    after(() => bench.close());
    const run = (records: InRecord[], unitOfWork: UnitOfWork<InventoryStore> = bench.unitOfWork) =>
      runBatch({ participant, unitOfWork, publisher: out }, records);
    const within = <T>(work: (store: InventoryStore) => Promise<T>) =>
      bench.unitOfWork.transaction(({ store }) => work(store));
    const movement = (
      sku: string,
      kind: Movement['kind'],
      available: number,
      reserved: number,
    ): Movement => ({
      sku,
      kind,
      available,
      reserved,
      sold: 0,
      sagaId: null,
      commandId: null,
    });
    const reservation = (sagaId = newSaga()): Reservation => ({
      sagaId,
      commandId: `${sagaId}/inventory.reserve`,
      items: [{ sku: 'tea', quantity: 1 }],
      state: 'reserved',
      confirmedBy: null,
    });

    it('reserves, sells, and takes back once', async () => {
      await setStock(bench, { tea: 10 });
      const saga = newSaga();
      const seen = async () => Object.values((await bench.level('tea')) ?? {});
      await run([reserve(saga, { tea: 3 })]);
      expect(await seen()).to.deep.equal([7, 3, 0]);
      await run([confirm(saga)]);
      expect(await seen()).to.deep.equal([7, 0, 3]);
      await run([release(saga), release(saga, 2)]);
      expect(await seen()).to.deep.equal([10, 0, 0]);
      await run([release(saga, 3), reserve(saga, { tea: 3 })]);
      expect(await seen()).to.deep.equal([10, 0, 0]);
      const topics = out.of(saga).map(({ topic, type }) => `${type} on ${topic}`);
      expect(topics.slice(0, 3)).to.deep.equal([
        'inventory.reserved on inventory-reserved',
        'inventory.confirmed on inventory-confirmed',
        'inventory.released on saga-replies',
      ]);
      const [step, second] = stepsOf(saga);
      const undone = { found: { [step ?? '']: 'undone', [second ?? '']: 'undone' } };
      const found = out.of(saga).filter(({ type }) => type === 'inventory.released');
      expect(found.map(({ data }) => data)).to.deep.equal([undone, undone, undone]);
    });

    it('refuses a command after its undo, which found it not executed', async () => {
      await setStock(bench, { tea: 10 });
      const saga = newSaga();
      await run([release(saga)]);
      await run([reserve(saga, { tea: 1 })]);
      await run([confirm(saga)]);
      expect(out.types(saga)).to.deep.equal([
        'inventory.released',
        'inventory.refused',
        'inventory.confirmRefused',
      ]);
      expect(await bench.level('tea')).to.deep.equal({ available: 10, reserved: 0, sold: 0 });
    });

    it('keeps stock and movements balanced under random commands on two connections', async () => {
      await setStock(bench, { a: 30, b: 30, c: 3 });
      const orders = Array.from({ length: 36 }, (_, i) => ({
        saga: newSaga(),
        items: i % 3 === 0 ? { a: 1, c: 1 } : i % 3 === 1 ? { b: 2, a: 1 } : { ghost: 1, a: 1 },
      }));
      await Promise.all([
        ...chunks(orders, 9).map((some, i) =>
          run(
            some.map(({ saga, items }) => reserve(saga, items)),
            i % 2 ? bench.unitOfWork : bench.others,
          ),
        ),
        ...chunks(orders, 7).map((some, i) =>
          run(
            some.map(({ saga }) => confirm(saga)),
            i % 2 ? bench.others : bench.unitOfWork,
          ),
        ),
        ...chunks(orders, 11).map((some) =>
          run(some.filter((_, i) => i % 4 === 0).map(({ saga }) => release(saga))),
        ),
      ]);
      const held = await bench.unitOfWork.transaction(({ store }) =>
        store.lockReservations(orders.map(({ saga }) => saga)),
      );
      const units = [...held.values()]
        .flat()
        .filter(({ state }) => state !== 'released')
        .flatMap(({ items }) => items.filter(({ sku }) => sku === 'a'))
        .reduce((sum, { quantity }) => sum + quantity, 0);
      const level = await bench.level('a');
      expect((level?.reserved ?? 0) + (level?.sold ?? 0)).to.equal(units);
      expect(out.parked()).to.deep.equal([]);
    });

    it('reads levels and reservations as written, and omits unknown ones', async () => {
      await setStock(bench, { oat: 10, cap: 4 });
      const one = reservation();
      const changes = { movements: [movement('oat', 'reserve', -1, 1)], made: [one], moved: [] };
      await within((store) => store.writeChanges(changes, new Date()));
      const levels = await within((store) => store.lockLevels(['oat', 'ghost', 'cap', 'oat']));
      expect([...levels]).to.deep.equal([
        ['cap', { available: 4, reserved: 0, sold: 0 }],
        ['oat', { available: 9, reserved: 1, sold: 0 }],
      ]);
      const found = await within((store) => store.lockReservations([one.sagaId, newSaga()]));
      expect([...found]).to.deep.equal([[one.sagaId, [one]]]);
      expect((await within((store) => store.lockReservations([]))).size).to.equal(0);
      const confirmedBy = `${one.sagaId}/inventory.confirm`;
      const moved: Reservation[] = [{ ...one, state: 'confirmed', confirmedBy }];
      await within((store) =>
        store.writeChanges({ movements: [movement('oat', 'release', 1, -1)], made: [], moved }, new Date()),
      );
      const after = await within((store) => store.lockReservations([one.sagaId]));
      expect([...after.values()].flat()).to.deep.equal(moved);
    });

    it('returns copies: changing one changes no row', async () => {
      await setStock(bench, { tea: 10 });
      await within(async (store) => {
        const levels = await store.lockLevels(['tea']);
        Object.assign(levels.get('tea') ?? {}, { available: -5 });
      });
      expect(await bench.level('tea')).to.include({ available: 10 });
    });

    it('creates a sku once, and keeps the level of an existing one', async () => {
      await setStock(bench, { tea: 10 });
      await within((store) => store.addSkus(['tea', 'saucer']));
      expect(await bench.level('tea')).to.include({ available: 10 });
      expect(await bench.level('saucer')).to.deep.equal({ available: 0, reserved: 0, sold: 0 });
    });

    it('applies the sum of a sku’s movements, and refuses a level below zero', async () => {
      await setStock(bench, { rye: 10 });
      const back = [movement('rye', 'reserve', -12, 12), movement('rye', 'release', 5, -5)];
      await within((store) => store.writeChanges({ movements: back, made: [], moved: [] }, new Date()));
      expect(await bench.level('rye')).to.deep.equal({ available: 3, reserved: 7, sold: 0 });
      const one = reservation();
      const tooMuch = { movements: [movement('rye', 'reserve', -4, 4)], made: [one], moved: [] };
      const error = await failure(within((store) => store.writeChanges(tooMuch, new Date())));
      expect(bench.unitOfWork.isDataFault(error), String(error)).to.equal(true);
      expect(await bench.level('rye')).to.deep.equal({ available: 3, reserved: 7, sold: 0 });
      expect((await within((store) => store.lockReservations([one.sagaId]))).size).to.equal(0);
    });

    it('refuses a second reservation of one command as a data fault', async () => {
      await setStock(bench, { nut: 10 });
      const changes = { movements: [movement('nut', 'reserve', -1, 1)], made: [reservation()], moved: [] };
      await within((store) => store.writeChanges(changes, new Date()));
      const error = await failure(within((store) => store.writeChanges(changes, new Date())));
      expect(bench.unitOfWork.isDataFault(error), String(error)).to.equal(true);
      expect(await bench.level('nut')).to.deep.equal({ available: 9, reserved: 1, sold: 0 });
    });
  });
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
