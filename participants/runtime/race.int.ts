/** A command and its undo race for one inbox row on two connections: whichever wins, effects and replies agree. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { coupon } from '../coupon/contract.ts';
import { decideOnce } from './decide-once.ts';
import { receive } from './received-command.ts';
import { sqlUnitOfWork } from './sql-unit-of-work.ts';
import { newSaga, Published, runBatch } from './testing/commands.ts';
import { openTestDatabase, type TestDatabase } from './testing/database.ts';
import {
  createToyTable,
  type EffectStore,
  effectStore,
  effects,
  redeem,
  redeemId,
  restore,
  toy,
} from './testing/toy.ts';
import type { UnitOfWork } from './unit-of-work.ts';

describe('a command racing its undo', () => {
  let test: TestDatabase;
  let unitOfWork: UnitOfWork<EffectStore>;
  let otherWork: UnitOfWork<EffectStore>;
  before(async () => {
    test = await openTestDatabase('coupon.inbox');
    await createToyTable(test.db);
    unitOfWork = sqlUnitOfWork(test.db, 'coupon', effectStore);
    otherWork = sqlUnitOfWork(test.other, 'coupon', effectStore);
  });
  after(() => test?.close());

  const lockWaits = () =>
    test.db.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );

  it('is refused and rolled back when the undo commits during its decision', async () => {
    const [saga, out] = [newSaga(), new Published()];
    let tries = 0;
    const undoFirst = toy(async () => {
      tries += 1;
      await runBatch({ participant: toy(), unitOfWork: otherWork, publisher: out }, [restore(saga)]);
    });
    await runBatch({ participant: undoFirst, unitOfWork, publisher: out }, [redeem(saga)]);
    expect(tries).to.equal(1);
    expect(out.types(saga)).to.deep.equal(['coupon.restored', 'coupon.refused']);
    expect(out.of(saga)[0]?.data).to.deep.equal({ found: { [redeemId(saga)]: 'not-executed' } });
    expect(await effects(test.db)).not.to.have.property(redeemId(saga));
  });

  it('is undone when it commits while the undo waits for its row', async () => {
    const [saga, out] = [newSaga(), new Published()];
    const gate = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<void>();
    const command = unitOfWork.transaction(async (open) => {
      await decideOnce(toy(), [receive(coupon, redeem(saga))], open, new Date());
      decided.resolve();
      await gate.promise;
    });
    await decided.promise;
    const undo = runBatch({ participant: toy(), unitOfWork: otherWork, publisher: out }, [restore(saga)]);
    await waitUntil(lockWaits, (waiting) => waiting.length === 1);
    expect(out.messages).to.deep.equal([]);
    gate.resolve();
    await Promise.all([command, undo]);
    expect(out.of(saga)[0]?.data).to.deep.equal({ found: { [redeemId(saga)]: 'undone' } });
    expect(await effects(test.db)).to.have.property(redeemId(saga), true);
  });

  it('has one effect when two processes decide it at once, and both publish the same bytes', async () => {
    const [first, second] = [new Published(), new Published()];
    const sagas = Array.from({ length: 30 }, newSaga);
    const records = sagas.map((saga) => redeem(saga));
    await Promise.all([
      runBatch({ participant: toy(), unitOfWork, publisher: first }, records),
      runBatch({ participant: toy(), unitOfWork: otherWork, publisher: second }, [...records].reverse()),
    ]);
    const values = (out: Published) => out.messages.map(({ value }) => String(value)).sort();
    expect(values(first)).to.have.length(30).and.deep.equal(values(second));
    expect(first.parked().concat(second.parked())).to.deep.equal([]);
  });
});
