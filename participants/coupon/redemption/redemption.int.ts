/** Redemption on real PostgreSQL: it fulfils the contract, and two processes never redeem one coupon for two orders. */
import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { newSaga, Published, runBatch } from '#runtime/testing/commands.ts';
import { couponParticipant as participant } from './handlers.ts';
import { redemptionStore } from './sql-store.ts';
import { postgresRedemptionBench } from './testing/bench.ts';
import { redeem, restore } from './testing/commands.ts';
import { redemptionContract } from './testing/redemption.contract.ts';

redemptionContract('on PostgreSQL', postgresRedemptionBench);

describe('redemption on PostgreSQL', () => {
  let bench: Awaited<ReturnType<typeof postgresRedemptionBench>>;
  let out: Published;
  before(async () => {
    bench = await postgresRedemptionBench();
  });
  beforeEach(() => {
    out = new Published();
  });
  after(() => bench?.close());
  const run = (records: InRecord[], unitOfWork = bench.unitOfWork) =>
    runBatch({ participant, unitOfWork, publisher: out }, records);
  const coupons = async (count: number) => {
    const issued = await Promise.all(Array.from({ length: count }, () => bench.issue({})));
    return issued.map(({ couponId }) => couponId);
  };

  it('redeems each coupon for one of two orders that reach two processes at once', async () => {
    const ids = await coupons(40);
    const [here, there] = [ids.map(newSaga), ids.map(newSaga)];
    const records = (sagas: string[]) => sagas.map((saga, i) => redeem(saga, ids[i] ?? ''));
    await Promise.all([run(records(here)), run(records(there).reverse(), bench.others)]);
    for (const [i, couponId] of ids.entries()) {
      const both = [here[i] ?? '', there[i] ?? ''];
      const winners = both.filter((saga) => out.types(saga)[0] === 'coupon.redeemed');
      expect(winners, couponId).to.have.length(1);
      expect(await bench.holder(couponId)).to.include({ sagaId: winners[0] });
      const [loser = ''] = both.filter((saga) => saga !== winners[0]);
      expect(out.of(loser)[0]?.data).to.include({ code: 'already-redeemed' });
    }
    expect(out.parked()).to.deep.equal([]);
  });

  it('never deadlocks two processes that redeem and restore the same coupons in opposite order', async () => {
    const deadlocks = async () => {
      await bench.test.db.query('SELECT pg_stat_force_next_flush() IS NULL AS x WHERE $1', true);
      const [row] = await bench.test.db.query<{ deadlocks: number }>(
        'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database() AND $1',
        true,
      );
      return row?.deadlocks;
    };
    const before = await deadlocks();
    for (let round = 0; round < 15; round++) {
      const ids = await coupons(12);
      const [left, right] = [ids.slice(0, 6), ids.slice(6)];
      const [l, r] = [left.map(newSaga), right.map(newSaga)];
      await run([...left, ...right].map((id, i) => redeem([...l, ...r][i] ?? '', id)));
      await Promise.all([
        run([...left.map((id) => redeem(newSaga(), id)), ...r.map((saga) => restore(saga))]),
        run([...right.map((id) => redeem(newSaga(), id)), ...l.map((saga) => restore(saga))], bench.others),
      ]);
    }
    expect(await deadlocks()).to.equal(before);
  });

  it('finds coupons by index probes alone, in the generic plan', async () => {
    const { db } = bench.test;
    await db.execute(
      `INSERT INTO coupon.coupons (id, campaign_id, user_id, request_id, request_partition, request_offset, accepted_at, issued_at)
       SELECT gen_random_uuid(), gen_random_uuid(), 'many', 'x', 0, 0, now(), now() FROM generate_series(1, 20000)`,
    );
    const statements: string[] = [];
    const store = redemptionStore({
      query: async (text) => {
        statements.push(text);
        return [];
      },
      execute: async (text) => statements.push(text),
    });
    await store.lockCoupons([newSaga()], [newSaga()]);
    await store.writeRedemptions([{ couponId: newSaga(), was: null, now: null }]).catch(() => {});
    expect(statements).to.have.length(2);
    for (const text of statements) {
      const lines = await db.query<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${text}`);
      const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
      expect(plan).to.contain('coupons_pkey').and.not.contain('Seq Scan');
      if (text.includes('FOR UPDATE')) expect(plan).to.contain('coupons_redeemed_by_key');
    }
  });
});
