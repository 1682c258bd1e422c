/** Retention of what has no months, and of what is never dropped: each table is known, one process works at a time, rows go one by one. */
import { expect } from 'chai';
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import { ensurePartitions, monthStart } from '#platform/postgres/month-partitions.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { PARTITIONED } from '../store/tables.ts';
import { alone } from './round.ts';
import { monthTables, TABLES } from './tables.ts';
import { NOW, openRetained, type Retained } from './testing/retained.ts';

const ALL_TABLES = [...PARTITIONED, ...PARTICIPANT_TABLES];

describe('retention', () => {
  let kept: Retained;
  before(async () => {
    kept = await openRetained();
    // Its drop says which orders are gone.
    await ensurePartitions(kept.db, ALL_TABLES, monthStart(NOW, -14).getTime(), [0]);
    await kept.round();
  });
  after(() => kept?.close());

  it('knows every table, and how each is divided', async () => {
    const found = await kept.db.query<{ name: string; partitioned: boolean }>(
      `SELECT c.oid::regclass::text AS name, c.relkind = 'p' AS partitioned
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND n.nspname NOT IN ('public', 'pg_catalog', 'information_schema')`,
    );
    expect(TABLES.map(({ name }) => name)).to.have.members(found.map(({ name }) => name));
    for (const { name, partitioned } of found)
      expect(TABLES.find((one) => one.name === name)?.by === 'month', name).to.equal(partitioned);
    expect([...monthTables('orders'), ...monthTables('movements')].map(({ name }) => name)).to.have.members(
      ALL_TABLES.map(({ name }) => name),
    );
  });

  it('runs in one process at a time', async () => {
    const held = Promise.withResolvers<void>();
    const first = alone(kept.db, () => held.promise);
    const locked = async () =>
      (await kept.db.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7310403`)).length;
    await waitUntil(locked, (count) => count === 1);
    expect(await kept.round()).to.equal(false);
    held.resolve();
    expect(await first).to.equal(true);
    expect(await kept.round()).to.equal(true);
  });

  it('deletes expired coupons of campaigns that are over, and leaves the others', async () => {
    const year = 365 * 86_400_000;
    const campaign = async (endsAt: Date | null, total: number) => {
      const id = uuidv7(NOW - 2 * year);
      await kept.db.execute(
        `INSERT INTO coupon.campaigns (id, name, total, discount_kind, discount_value, ends_at, created_at, created_by, issued)
         VALUES ($1::uuid, 'n', $2, 'percent', 10, $3::timestamptz, now(), 'a', $2)`,
        id,
        total,
        endsAt,
      );
      return id;
    };
    const coupon = (id: string, user: string, validUntil: Date | null, redeemedBy: string | null = null) =>
      kept.db.execute(
        `INSERT INTO coupon.coupons (id, campaign_id, user_id, request_id, request_partition, request_offset, accepted_at,
           issued_at, valid_until, redeemed_by, redeemed_command, redeemed_at)
         VALUES ($1::uuid, $2::uuid, $3, 'r', 0, 0, $4::timestamptz, $4::timestamptz, $5::timestamptz, $6::uuid,
           CASE WHEN $6::uuid IS NOT NULL THEN 'c' END, CASE WHEN $6::uuid IS NOT NULL THEN now() END)`,
        uuidv7(NOW - 2 * year),
        id,
        user,
        new Date(NOW - 2 * year),
        validUntil,
        redeemedBy,
      );
    const [past, gone] = [new Date(NOW - 1.9 * year), uuidv7(NOW - 2 * year)];
    const over = await campaign(past, 5);
    await coupon(over, 'expired', past);
    await coupon(over, 'used by an order that is gone', past, gone);
    await coupon(over, 'never expires', null);
    await coupon(over, 'expires later', new Date(NOW + year));
    await coupon(over, 'used', past, uuidv7(NOW));
    const open = await campaign(null, 1);
    await coupon(open, 'expired', past);
    await kept.round();
    const left = await kept.db.query<{ user: string }>(
      'SELECT user_id AS user FROM coupon.coupons WHERE campaign_id = ANY ($1::uuid[]) ORDER BY 1',
      [over, open],
    );
    expect(left.map(({ user }) => user)).to.deep.equal(['expired', 'expires later', 'never expires', 'used']);
    await kept.db.execute(`DELETE FROM coupon.coupons WHERE user_id = 'used'`);
    await kept.db.execute(`UPDATE coupon.campaigns SET removed = 3 WHERE id = $1::uuid`, over);
    expect(await kept.violations()).to.deep.equal([]);
  });

  it('deletes dead letters that were sent again or discarded long ago, and no other', async () => {
    const letter = (offset: number, resentAt: Date | null, discardedAt: Date | null = null) =>
      kept.db.execute(
        `INSERT INTO orchestrator.dead_letters (partition, record_offset, value, parked_by, parked_at, reason, text,
           origin_topic, origin_partition, origin_offset, resent_at, discarded_at)
         VALUES (0, $1, '\\x00', 'a', now() - interval '1 year', 'r', 't', 'o', 0, 0, $2::timestamptz, $3::timestamptz)`,
        offset,
        resentAt,
        discardedAt,
      );
    await letter(4, null, monthStart(NOW, -4));
    await letter(5, monthStart(NOW, -4), new Date(NOW));
    await letter(1, monthStart(NOW, -4));
    await letter(2, null);
    await letter(3, new Date(NOW));
    await kept.round();
    const left = await kept.db.query<{ nr: number }>(
      'SELECT record_offset::int AS nr FROM orchestrator.dead_letters ORDER BY 1',
    );
    expect(left.map(({ nr }) => nr)).to.deep.equal([2, 3, 5]);
  });

  it('deletes batches that ended long ago, with their targets, and no other', async () => {
    const batch = (endedAt: Date | null) =>
      kept.db.query<{ id: string }>(
        `WITH b AS (INSERT INTO orchestrator.batches (id, kind, params, plan_hash, total, per_second, actor, role, reason,
             created_at, due_at, state, ended_at)
           VALUES (gen_random_uuid(), 'k', '{}', '', 2, 1, 'a', 'r', 'w', now(), now(),
             CASE WHEN $1::timestamptz IS NULL THEN 'paused' ELSE 'done' END, $1::timestamptz) RETURNING id)
         INSERT INTO orchestrator.batch_items (batch_id, number, target, seen) SELECT id, n, 't', '{}' FROM b, generate_series(1, 2) n
         RETURNING batch_id::text AS id`,
        endedAt,
      );
    await batch(monthStart(NOW, -4));
    const kinds = [await batch(null), await batch(new Date(NOW))].map(([first]) => first?.id);
    await kept.round();
    for (const table of ['batches', 'batch_items']) {
      const id = table === 'batches' ? 'id' : 'batch_id';
      const left = await kept.db.query<{ id: string }>(
        `SELECT DISTINCT ${id}::text AS id FROM orchestrator.${table} ORDER BY 1`,
      );
      expect(
        left.map((one) => one.id),
        table,
      ).to.deep.equal(kinds.toSorted());
    }
  });
});
