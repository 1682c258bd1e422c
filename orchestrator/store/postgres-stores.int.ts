/** The stores on PostgreSQL keep the contract, and what only a database can get wrong: races, locks, faults. */
import { expect } from 'chai';
import type { Move } from '#engine/ports.ts';
import { start } from '#engine/testing/messages.ts';
import { bisect } from '#platform/batching/bisect.ts';
import { isDataFault, sqlState } from '#platform/postgres/database.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { inventoryReserved, newRow, order } from '../sagas/order/testing/given.ts';
import { engineStore } from './engine-store.ts';
import { sweepStore } from './sweep-store.ts';
import { begin, moveOf, write } from './testing/bench.ts';
import { engineStoreContract } from './testing/engine-store.contract.ts';
import { type PostgresBench, postgresBench } from './testing/postgres-bench.ts';
import { sweepStoreContract } from './testing/sweep-store.contract.ts';

engineStoreContract('on PostgreSQL', postgresBench);
sweepStoreContract('on PostgreSQL', postgresBench);

describe('the stores on PostgreSQL', () => {
  let bench: PostgresBench;
  before(async () => {
    bench = await postgresBench();
  });
  after(() => bench?.close());

  it('lets one of two writers on two connections in, and the loser sees the winner', async () => {
    const others = engineStore(bench.database.other);
    for (let times = 0; times < 20; times++) {
      const { run } = await write(bench, await begin(bench), start());
      const [mine, theirs] = [moveOf(run, inventoryReserved).move, moveOf(run, 'inventory.refused').move];
      const moved = await Promise.all([
        bench.store.write({ moves: [mine], outcomes: [] }),
        others.write({ moves: [theirs], outcomes: [] }),
      ]);
      expect(moved.map(({ size }) => size).toSorted()).to.deep.equal([0, 1]);
      const winner = moved[0].size === 1 ? mine : theirs;
      expect((await others.readSagas([run.row.id])).get(run.row.id)?.state).to.equal(winner.after.state);
      expect(await bench.journalled(run.row.id)).to.deep.equal([
        `${run.row.id}/order.created`,
        winner.entries[0]?.messageId,
      ]);
    }
  });

  it('lets two writers of the same sagas through without a deadlock, whatever their order: each saga once', async () => {
    const others = engineStore(bench.database.other);
    for (let times = 0; times < 10; times++) {
      const runs = await Promise.all(Array.from({ length: 100 }, () => begin(bench)));
      const moves = runs.map((run) => moveOf(run, start()).move);
      const moved = await Promise.all([
        bench.store.write({ moves, outcomes: [] }),
        others.write({ moves: moves.toReversed(), outcomes: [] }),
      ]);
      expect(moved[0].size + moved[1].size).to.equal(100);
    }
  });

  /** Puts off whatever the tests before left due. */
  const nothingIsDue = () => bench.sweep.claimDue(new Date(1), new Date(Date.now() + 3_600_000), 100_000);

  it('skips what another connection has locked, and claims it under no second lease', async () => {
    await nothingIsDue();
    const [locked, free] = [await begin(bench), await begin(bench)];
    const theirs = sweepStore(bench.database.other);
    await bench.database.db.transaction(async (sql) => {
      await sql.query('SELECT 1 FROM orchestrator.sagas WHERE id = $1::uuid FOR UPDATE', locked.row.id);
      const claimed = await theirs.claimDue(new Date(1), new Date(Date.now() + 60_000), 1_000);
      const ids = claimed.map(({ row }) => row.id);
      expect(ids).to.include(free.row.id).and.not.include(locked.row.id);
    });
    const after = await bench.sweep.claimDue(new Date(1), new Date(Date.now() + 60_000), 1_000);
    expect(after.map(({ row }) => row.id)).to.deep.equal([locked.row.id]);
  });

  it('gives each due saga to one of two sweepers that claim at once', async () => {
    await nothingIsDue();
    const runs = await Promise.all(Array.from({ length: 60 }, () => begin(bench)));
    const lease = new Date(Date.now() + 60_000);
    const sweeps = [bench.sweep, sweepStore(bench.database.other)];
    const claimed = await Promise.all(sweeps.map((sweep) => sweep.claimDue(new Date(1), lease, 1_000)));
    const ids = claimed.flat().map(({ row }) => row.id);
    expect(ids).to.have.length(60);
    expect(new Set(ids)).to.deep.equal(new Set(runs.map(({ row }) => row.id)));
  });

  it('bisects a batch down to its one bad transition; the others are durable', async () => {
    const runs = await Promise.all(Array.from({ length: 9 }, () => begin(bench)));
    const bad = runs[5]?.row.id;
    const moves = runs.map((run) => {
      const { move } = moveOf(run, start());
      const smuggled = move.entries.map((entry) => ({ ...entry, messageId: `${entry.messageId}\u0000` }));
      return run.row.id === bad ? { ...move, entries: smuggled } : move;
    });
    const parked: string[] = [];
    const take = async (some: readonly Move[]) => [
      ...(await bench.store.write({ moves: some, outcomes: [] })),
    ];
    const moved = await bisect(moves, take, isDataFault, async (move) => {
      parked.push(move.before.id);
      return [];
    });
    expect(parked).to.deep.equal([bad]);
    expect(moved).to.have.length(8);
  });

  it('takes a missing partition for circumstance, not for the data’s fault', async () => {
    const row = newRow(order, uuidv7(Date.UTC(2031, 0, 1)));
    const refusal = await bench.insertSaga(row, null).catch((error: unknown) => error);
    expect(sqlState(refusal)).to.deep.equal({ state: '23514', names: false });
    expect(isDataFault(refusal)).to.equal(false);
  });

  it('takes a broken CHECK for the data’s fault', async () => {
    const { move } = moveOf(await begin(bench), start());
    const odd = { ...move, after: { ...move.after, status: 'lost' as never } };
    const refusal = await bench.store.write({ moves: [odd], outcomes: [] }).catch((error: unknown) => error);
    expect(sqlState(refusal)).to.deep.equal({ state: '23514', names: true });
    expect(isDataFault(refusal)).to.equal(true);
  });
});
