/** Shipping on real PostgreSQL. */
import { expect } from 'chai';
import { commandRecord, newSaga, Published, runBatch } from '../harness/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '../harness/testing/database.ts';
import type { InRecord } from '../wire/envelope.ts';
import { commandId } from '../wire/ids.ts';
import type { Database } from '../wire/postgres.ts';
import { shipping } from './contract.ts';
import { shippingParticipant as participant } from './handlers.ts';

const prepare = (saga: string, country = 'DE') => {
  const data = { address: { country, city: 'Köln' }, items: [{ sku: 'tea', quantity: 2 }] };
  return commandRecord(shipping, saga, 'shipping.prepare', data);
};
const prepareId = (saga: string) => commandId(saga, 'shipping.prepare', 1);
const cancel = (saga: string, nth = 1) =>
  commandRecord(shipping, saga, 'shipping.cancel', { undoes: [prepareId(saga)] }, { nth });
const forbid = (saga: string) =>
  commandRecord(shipping, saga, 'shipping.void', { undoes: [prepareId(saga)] });

describe('shipping on PostgreSQL', () => {
  let test: TestDatabase;
  let out: Published;
  before(async () => {
    test = await openTestDatabase('shipping.inbox');
  });
  beforeEach(() => {
    out = new Published();
  });
  after(() => test.close());
  const run = (records: InRecord[], db: Database = test.db) =>
    runBatch({ participant, db, publisher: out }, records);
  const statesOf = (saga: string) =>
    test.db.query<{ state: string; address: unknown; items: unknown }>(
      'SELECT state, address, items FROM shipping.shipments WHERE saga_id = $1::uuid',
      saga,
    );

  it('prepares a shipment, and names it on its own topic', async () => {
    const saga = newSaga();
    await run([prepare(saga)]);
    const [reply] = out.of(saga);
    expect(reply).to.include({ type: 'shipping.prepared', topic: 'shipping-prepared' });
    const found = await test.db.query(
      'SELECT 1 FROM shipping.shipments WHERE id = $1',
      reply?.data.shipmentId,
    );
    expect(found).to.have.length(1);
    expect(await statesOf(saga)).to.deep.equal([
      { state: 'prepared', address: { country: 'DE', city: 'Köln' }, items: [{ sku: 'tea', quantity: 2 }] },
    ]);
  });

  it('refuses a country that is not served, among others that are', async () => {
    const [a, b, c] = [newSaga(), newSaga(), newSaga()];
    await run([prepare(a), prepare(b, 'AQ'), prepare(c, 'KR')]);
    expect([a, b, c].map((saga) => out.types(saga)[0])).to.deep.equal([
      'shipping.prepared',
      'shipping.refused',
      'shipping.prepared',
    ]);
    expect(out.of(b)[0]?.data).to.include({ code: 'country-not-served' });
    expect(await statesOf(b)).to.deep.equal([]);
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
    expect((await statesOf(saga))[0]?.state).to.equal('cancelled');
  });

  it('does not cancel what the warehouse has handed over', async () => {
    const [left, here] = [newSaga(), newSaga()];
    await run([prepare(left), prepare(here)]);
    await test.db.query(`UPDATE shipping.shipments SET state = 'handed-over' WHERE saga_id = $1::uuid`, left);
    await run([cancel(left), cancel(here)]);
    expect(out.types(left).at(-1)).to.equal('shipping.cancelRefused');
    expect(out.types(here).at(-1)).to.equal('shipping.cancelled');
    expect((await statesOf(left))[0]?.state).to.equal('handed-over');
  });

  it('forbids what was not done yet, and undoes nothing of what was', async () => {
    const [before, done] = [newSaga(), newSaga()];
    await run([forbid(before), prepare(done), prepare(before), forbid(done)]);
    expect(out.types(before)).to.deep.equal(['shipping.voided', 'shipping.refused']);
    expect(out.of(done).at(-1)?.data).to.deep.equal({ found: { [prepareId(done)]: 'done' } });
    expect((await statesOf(done))[0]?.state).to.equal('prepared');
  });

  it('prepares one shipment an order when two processes handle the same commands', async () => {
    const sagas = Array.from({ length: 20 }, newSaga);
    const records = sagas.map((saga) => prepare(saga));
    await Promise.all([run(records, test.db), run([...records].reverse(), test.other)]);
    for (const saga of sagas) {
      expect(out.types(saga)).to.deep.equal(['shipping.prepared', 'shipping.prepared']);
      expect(
        new Set(out.messages.filter(({ key }) => key === saga).map(({ value }) => value)),
      ).to.have.length(1);
      expect(await statesOf(saga)).to.have.length(1);
    }
    expect(out.parked()).to.deep.equal([]);
  });
});
