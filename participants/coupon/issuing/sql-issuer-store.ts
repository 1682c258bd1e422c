/** The issuer's own tables on PostgreSQL: rows are locked in one order, a batch is written in one statement. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import type { IssuerStore, IssuingUnitOfWork } from './issuer-store.ts';
import type { RequestLog } from './request-logs.ts';
import { couponReads, lockCampaigns } from './sql-store.ts';
import type { Checkpoint, LostRange } from './store.ts';

/** The issuer's transactions on PostgreSQL. */
export function sqlIssuingUnitOfWork(db: Database): IssuingUnitOfWork {
  return { transaction: (work) => db.transaction((sql) => work(issuerStore(sql))) };
}

export const MADE = columns({
  id: 'uuid',
  campaignId: 'uuid',
  userId: 'text',
  requestId: 'text',
  partition: 'int4',
  offset: 'int8',
  acceptedAt: 'timestamptz',
  issuedAt: 'timestamptz',
  validUntil: 'timestamptz',
});
export const CHECKPOINTS = columns({ partition: 'int4', next: 'int8', acceptedUntil: 'timestamptz' });
const LOGS = columns({ partition: 'int4', number: 'int4', topicId: 'text', beganAt: 'timestamptz' });
const LOST = columns({ partition: 'int4', from: 'int8', to: 'int8' });

/** Raises checkpoints, and never lowers one. Together with the CHECK of `issued` and the unique key of a user it guards against a wrong decision. */
export const RAISE = `UPDATE coupon.checkpoints d
       SET next_offset = m.next, accepted_until = GREATEST(d.accepted_until, m."acceptedUntil")
      FROM ${CHECKPOINTS.from('m')}
     WHERE ${probe('d.partition', 'm.partition')} AND d.next_offset < m.next`;

export const WRITE = `
     WITH made AS (
       INSERT INTO coupon.coupons (id, campaign_id, user_id, request_id, request_partition, request_offset, accepted_at, issued_at, valid_until)
       SELECT m.id, m."campaignId", m."userId", m."requestId", m.partition, m."offset", m."acceptedAt", m."issuedAt", m."validUntil"
         FROM ${MADE.from('m', 4)}
       RETURNING campaign_id
     ), issued AS (
       UPDATE coupon.campaigns c SET issued = c.issued + n.taken
         FROM (SELECT campaign_id, count(*)::int AS taken FROM made GROUP BY campaign_id) n
        WHERE ${probe('c.id', 'n.campaign_id')}
     )
     ${RAISE}`;

export const LOCK_CHECKPOINTS = `SELECT d.partition, d.next_offset::float8 AS next, d.accepted_until AS "acceptedUntil",
  (SELECT max(o.accepted_until) FROM coupon.checkpoints o) AS "decidedUntil",
  (SELECT e.value FROM coupon.epoch e) AS epoch
  FROM coupon.checkpoints d
  WHERE d.partition = ANY ($1::int[])
  ORDER BY d.partition
  FOR UPDATE OF d`;

/** The issuer's verbs on PostgreSQL, in an open transaction. */
export function issuerStore(sql: Sql): IssuerStore {
  const { coupons, lost } = couponReads(sql);
  return {
    coupons,
    lost,
    async addCheckpoints(partitions) {
      await sql.execute(
        `INSERT INTO coupon.checkpoints (partition, next_offset)
         SELECT p, 0 FROM unnest($1::int[]) AS a(p) ORDER BY p ON CONFLICT DO NOTHING`,
        partitions,
      );
    },
    async lockCheckpoints(partitions) {
      const rows = await sql.query<Checkpoint & { decidedUntil: Date | null; epoch: string }>(
        LOCK_CHECKPOINTS,
        partitions,
      );
      return {
        checkpoints: new Map(
          rows.map(({ partition, next, acceptedUntil }) => [partition, { partition, next, acceptedUntil }]),
        ),
        decidedUntil: rows[0]?.decidedUntil ?? null,
        epoch: rows[0]?.epoch ?? '',
      };
    },
    requestLogs: (partitions) =>
      sql.query<RequestLog>(
        `SELECT l.partition, l.number, l.topic_id AS "topicId", l.began_at AS "beganAt"
           FROM coupon.request_logs l WHERE l.partition = ANY ($1::int[]) ORDER BY l.partition, l.number`,
        partitions,
      ),
    async noteLogs(logs, now) {
      if (logs.length === 0) return;
      await sql.execute(
        `INSERT INTO coupon.request_logs AS l (partition, number, topic_id, began_at, noted_at)
         SELECT n.partition, n.number, n."topicId", n."beganAt", $1::timestamptz FROM ${LOGS.from('n', 2)}
         ON CONFLICT (partition, number) DO UPDATE SET topic_id = COALESCE(l.topic_id, EXCLUDED.topic_id)`,
        now,
        ...LOGS.values(logs),
      );
    },
    lockCampaigns: (ids) => lockCampaigns(sql, ids),
    async write({ made, checkpoints, lost: ranges }, now) {
      if (made.length > 0) await sql.execute(WRITE, ...CHECKPOINTS.values(checkpoints), ...MADE.values(made));
      else if (checkpoints.length > 0) await sql.execute(RAISE, ...CHECKPOINTS.values(checkpoints));
      if (ranges.length > 0) await insertLost(sql, ranges, now);
    },
    async renewEpoch(now) {
      await sql.execute(
        'UPDATE coupon.epoch SET value = $1, renewed_at = $2::timestamptz',
        crypto.randomUUID(),
        now,
      );
    },
  };
}

async function insertLost(sql: Sql, ranges: readonly LostRange[], now: Date): Promise<void> {
  await sql.execute(
    `INSERT INTO coupon.lost (partition, from_offset, to_offset, noted_at)
     SELECT l.partition, l."from", l."to", $1::timestamptz FROM ${LOST.from('l', 2)} ON CONFLICT DO NOTHING`,
    now,
    ...LOST.values(ranges),
  );
}
