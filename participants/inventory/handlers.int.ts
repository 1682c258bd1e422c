/** Inventory's contract on real PostgreSQL, where two processes never sell an item twice. */
import { expect } from 'chai';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { newSaga, Published, runBatch } from '#runtime/testing/commands.ts';
import type { TestDatabase } from '#runtime/testing/database.ts';
import { inventoryParticipant as participant } from './handlers.ts';
import {
  type InventoryBench,
  imbalances,
  inventoryUnitOfWork,
  levelOf,
  postgresInventoryBench,
  setStock,
} from './testing/bench.ts';
import { confirm, reserve } from './testing/commands.ts';
import { inventoryContract } from './testing/inventory.contract.ts';

inventoryContract('on PostgreSQL', postgresInventoryBench);

describe('inventory on PostgreSQL', () => {
  let bench: InventoryBench;
  let test: TestDatabase;
  let out: Published;
  before(async () => {
    const opened = await postgresInventoryBench();
    ({ test } = opened);
    bench = opened;
  });
  beforeEach(() => {
    out = new Published();
  });
  afterEach(async () => {
    expect(await imbalances(test.db)).to.deep.equal([]);
  });
  after(() => bench?.close());
  const run = (records: InRecord[], db: Database = test.db) =>
    runBatch({ participant, unitOfWork: inventoryUnitOfWork(db), publisher: out }, records);
  const stock = (levels: Record<string, number>) => setStock(bench, levels);

  it('has a demo catalogue from the start', async () => {
    expect(await levelOf(test.db, 'espresso-cup')).to.deep.equal({ available: 200, reserved: 0, sold: 0 });
    expect(await levelOf(test.db, 'sold-out-mug')).to.deep.equal({ available: 0, reserved: 0, sold: 0 });
    expect(await levelOf(test.db, 'SKU-1000')).to.deep.equal({
      available: 100_000_000,
      reserved: 0,
      sold: 0,
    });
  });

  it('runs a constant number of statements a batch', async () => {
    await stock({ tea: 1000, cup: 1000 });
    const count = async (size: number): Promise<number> => {
      const [known, fresh] = [Array.from({ length: size }, newSaga), Array.from({ length: size }, newSaga)];
      await run(known.map((saga) => reserve(saga, { tea: 1 })));
      const counted = counting(test.db);
      await run([...known.map(confirm), ...fresh.map((saga) => reserve(saga, { cup: 1, tea: 1 }))], counted);
      return counted.statements();
    };
    const [one, many] = [await count(1), await count(60)];
    // Read the inbox, lock reservations, lock stock, write, write the inbox.
    expect([one, many]).to.deep.equal([5, 5]);
  });

  it('never sells an item twice: two processes, one sku, no decision on stale stock', async () => {
    await stock({ rare: 25 });
    const [db, other] = [counting(test.db), counting(test.other)];
    const orders = Array.from({ length: 80 }, newSaga);
    const batches = Array.from({ length: 8 }, (_, i) => orders.slice(i * 10, i * 10 + 10));
    await Promise.all(
      batches.map((batch, i) =>
        run(
          batch.map((saga) => reserve(saga, { rare: 1 })),
          i % 2 ? db : other,
        ),
      ),
    );
    // The CHECK is the last resort: if it had stopped a process, a transaction would have rolled back.
    expect(db.rolledBack() + other.rolledBack()).to.equal(0);
    const granted = orders.filter((saga) => out.types(saga)[0] === 'inventory.reserved');
    expect(granted).to.have.length(25);
    expect(await levelOf(test.db, 'rare')).to.deep.equal({ available: 0, reserved: 25, sold: 0 });
  });

  it('never deadlocks two processes, whatever they lock', async () => {
    await stock({ left: 1000, right: 1000 });
    const deadlocks = async () => {
      await test.db.query('SELECT pg_stat_force_next_flush() IS NULL AS x WHERE $1', true);
      const [row] = await test.db.query<{ deadlocks: number }>(
        'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database() AND $1',
        true,
      );
      return row?.deadlocks;
    };
    const before = await deadlocks();
    // One process reserves left and confirms right, the other the reverse, at the same time, repeatedly.
    for (let round = 0; round < 15; round++) {
      const make = () => Array.from({ length: 5 }, newSaga);
      const [l, r, newL, newR] = [make(), make(), make(), make()];
      await run([
        ...l.map((saga) => reserve(saga, { left: 1 })),
        ...r.map((saga) => reserve(saga, { right: 1 })),
      ]);
      await Promise.all([
        run([...newL.map((saga) => reserve(saga, { left: 1 })), ...r.map(confirm)], test.db),
        run([...newR.map((saga) => reserve(saga, { right: 1 })), ...l.map(confirm)], test.other),
      ]);
    }
    expect(await deadlocks()).to.equal(before);
    expect(await levelOf(test.db, 'left')).to.deep.equal({ available: 850, reserved: 75, sold: 75 });
  });
});

/** A database that counts its transactions' statements, without BEGIN and COMMIT, and its rollbacks. */
function counting(db: Database): Database & { statements: () => number; rolledBack: () => number } {
  let [statements, rolledBack] = [0, 0];
  const counted = (sql: Sql): Sql => ({
    query(...args) {
      statements += 1;
      return sql.query(...args);
    },
    execute(...args) {
      statements += 1;
      return sql.execute(...args);
    },
  });
  return {
    ...counted(db),
    async transaction(work) {
      try {
        return await db.transaction((sql) => work(counted(sql)));
      } catch (error) {
        rolledBack += 1;
        throw error;
      }
    },
    session: (work) => db.session(work),
    pool: db.pool,
    close: () => db.close(),
    statements: () => statements,
    rolledBack: () => rolledBack,
  };
}
