/** What the sweeper needs of its store, whichever it is: the same tests on PostgreSQL and in memory. */
import { expect } from 'chai';
import { actionMessage } from '#engine/control.ts';
import type { SweepState } from '#engine/sweep-state.ts';
import { start } from '#engine/testing/messages.ts';
import { inventoryReserved, newRow, order } from '#orchestrator/sagas/order/testing/given.ts';
import { type Bench, begin, newId, write } from './bench.ts';

const at = (ms: number) => new Date(ms);
const WATCH: SweepState = {
  sent: { x: { endOffset: 5, readAt: null, unread: true, nextAt: null, resentAt: [1, 2], attempts: 2 } },
};

/** @param open a store of its own: these tests claim whatever is due */
export function sweepStoreContract(name: string, open: () => Promise<Bench>): void {
  describe(`the sweeper’s store ${name}`, () => {
    let bench: Bench;
    beforeEach(async () => {
      bench = await open();
    });
    afterEach(() => bench.close());

    const claimed = async (now: number, lease: number, limit = 10) =>
      (await bench.sweep.claimDue(at(now), at(lease), limit)).map(({ row }) => row.id);

    it('claims what is due, the longest due first, and nothing else', async () => {
      const [second, first, later] = [
        await begin(bench, order, at(20)),
        await begin(bench, order, at(10)),
        await begin(bench, order, at(31)),
      ];
      expect(await claimed(30, 100)).to.have.members([first.row.id, second.row.id]);
      expect(await claimed(31, 100)).to.deep.equal([later.row.id]);
    });

    it('claims no more than the limit, the longest due first', async () => {
      const runs = [
        await begin(bench, order, at(3)),
        await begin(bench, order, at(1)),
        await begin(bench, order, at(2)),
      ];
      expect(await claimed(30, 100, 1)).to.deep.equal([runs[1]?.row.id]);
      expect(await claimed(30, 100, 1)).to.deep.equal([runs[2]?.row.id]);
    });

    it('keeps others away until the lease ends', async () => {
      const { row } = await begin(bench, order, at(10));
      await claimed(30, 100);
      expect(await claimed(99, 200)).to.deep.equal([]);
      expect(await claimed(100, 200)).to.deep.equal([row.id]);
      expect(await bench.sweeping(row.id)).to.deep.include({ checks: 2, dueAt: at(300) });
    });

    it('claims no saga without due_at', async () => {
      await bench.insertSaga(newRow(order, newId()), null);
      expect(await claimed(30, 100)).to.deep.equal([]);
    });

    it('doubles the lease, up to a bound, with each claim without a check, and resets it after a check', async () => {
      const { row } = await begin(bench, order, at(0));
      let now = 0;
      for (const times of [1, 2, 4, 8, 16, 32, 64, 64]) {
        expect(await claimed(now, now + 100)).to.deep.equal([row.id]);
        now += 100 * times;
        expect((await bench.sweeping(row.id)).dueAt).to.deep.equal(at(now));
      }
      await bench.sweep.writeChecks([{ sagaId: row.id, version: 0, sweepState: WATCH, dueAt: at(now) }]);
      await claimed(now, now + 100);
      expect((await bench.sweeping(row.id)).dueAt).to.deep.equal(at(now + 100));
    });

    it('releases claims: they are due at once, and the next lease is no longer', async () => {
      const { row } = await begin(bench, order, at(0));
      const ended = await begin(bench, order, at(0));
      for (let now = 0; now < 1_000; now += 100) {
        expect(await claimed(now, now + 100)).to.include(row.id);
        await bench.sweep.release({ sagaIds: [row.id, ended.row.id], actionIds: [] }, at(now + 50));
        expect(await bench.sweeping(row.id)).to.deep.include({ checks: 0, dueAt: at(now + 50) });
      }
      await write(bench, ended, start(), 'inventory.refused');
      await bench.sweep.release({ sagaIds: [ended.row.id], actionIds: [] }, at(5));
      expect(await bench.sweeping(ended.row.id)).to.deep.include({ dueAt: null });
    });

    it('releases claims of actions, but of none that has its outcome', async () => {
      const { row } = await begin(bench, order, at(1_000));
      const data = {
        actionId: newId(),
        action: 'retry',
        revision: 3,
        actor: 'ann',
        reason: 'why',
        params: {},
      } as const;
      await bench.insertAction(row.id, data, at(10));
      const { sweep } = bench;
      const actionIds = [data.actionId];
      for (let now = 10; now < 500; now += 100) {
        expect(await sweep.claimActions(at(now), at(now + 100), 5)).to.have.length(1);
        await sweep.release({ sagaIds: [], actionIds }, at(now));
      }
      const outcome = {
        actionId: data.actionId,
        sagaId: row.id,
        state: 'refused' as const,
        detail: 'late',
        at: at(5),
      };
      await bench.store.write({ moves: [], outcomes: [outcome] });
      await sweep.release({ sagaIds: [], actionIds }, at(600));
      expect(await sweep.claimActions(at(5_000), at(6_000), 5)).to.deep.equal([]);
    });

    it('returns the row of the engine, the last sweep state and the number of checks', async () => {
      const begun = await write(bench, await begin(bench), start());
      const { row } = begun.run;
      const [due] = await bench.sweep.claimDue(at(30), at(100), 10);
      expect(due).to.deep.equal({ row, sweepState: {}, checks: 1 });
      await bench.sweep.writeChecks([{ sagaId: row.id, version: 1, sweepState: WATCH, dueAt: at(50) }]);
      const [again] = await bench.sweep.claimDue(at(50), at(100), 10);
      expect(again).to.deep.equal({ row, sweepState: WATCH, checks: 2 });
    });

    it('writes a check only where the saga is active and has not moved since', async () => {
      const [stays, moves, ends] = [await begin(bench), await begin(bench), await begin(bench)];
      await claimed(30, 100);
      await write(bench, moves, start());
      await write(bench, ends, start(), 'inventory.refused');
      const checks = [
        { sagaId: stays.row.id, version: 0, sweepState: WATCH, dueAt: at(50) },
        { sagaId: moves.row.id, version: 0, sweepState: WATCH, dueAt: at(60) },
        { sagaId: ends.row.id, version: 2, sweepState: WATCH, dueAt: at(70) },
      ];
      expect([...(await bench.sweep.writeChecks(checks))]).to.deep.equal([stays.row.id]);
      expect(await bench.sweeping(stays.row.id)).to.deep.include({ sweepState: WATCH, dueAt: at(50) });
      expect(await bench.sweeping(moves.row.id)).to.deep.include({ sweepState: {}, dueAt: at(100) });
      expect(await bench.sweeping(ends.row.id)).to.deep.include({ sweepState: {}, dueAt: null });
    });

    it('never moves a saga’s version or anything the engine owns', async () => {
      const { run } = await write(bench, await begin(bench), start());
      await claimed(30, 100);
      await bench.sweep.writeChecks([{ sagaId: run.row.id, version: 1, sweepState: WATCH, dueAt: at(50) }]);
      expect((await bench.store.readSagas([run.row.id])).get(run.row.id)).to.deep.equal(run.row);
      const moved = await write(bench, run, inventoryReserved);
      expect(moved.moved).to.equal(true);
      expect(await bench.sweeping(run.row.id)).to.deep.include({ sweepState: WATCH, checks: 1 });
    });

    it('claims actions nobody has taken, as the messages they are, until one has its outcome', async () => {
      const { row } = await begin(bench, order, at(1_000));
      const data = {
        actionId: newId(),
        action: 'retry',
        revision: 3,
        actor: 'ann',
        reason: 'why',
        params: {},
      } as const;
      await bench.insertAction(row.id, data, at(10));
      const { sweep } = bench;
      expect(await sweep.claimActions(at(9), at(100), 5)).to.deep.equal([]);
      expect(await sweep.claimActions(at(10), at(100), 5)).to.deep.equal([
        { actionId: data.actionId, sagaId: row.id, message: actionMessage(row.id, data, 0) },
      ]);
      expect(await sweep.claimActions(at(99), at(200), 5)).to.deep.equal([]);
      // Nobody took it: it is published again, each time after twice as long.
      expect(await sweep.claimActions(at(100), at(200), 5)).to.have.length(1);
      expect(await sweep.claimActions(at(299), at(400), 5)).to.deep.equal([]);
      expect(await sweep.claimActions(at(300), at(400), 5)).to.have.length(1);
      const outcome = {
        actionId: data.actionId,
        sagaId: row.id,
        state: 'refused' as const,
        detail: 'late',
        at: new Date(5),
      };
      await bench.store.write({ moves: [], outcomes: [outcome] });
      expect(await sweep.claimActions(at(5_000), at(6_000), 5)).to.deep.equal([]);
    });
  });
}
