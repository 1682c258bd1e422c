/** Issuing's shared tables on PostgreSQL: the reads of issuer and API, and the campaigns. Every read probes a primary or unique key. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';
import type { Discount } from '../events.ts';
import {
  type Campaign,
  CampaignChanged,
  type CampaignStore,
  type Checkpoint,
  type Coupon,
  type CouponReads,
  type LostRange,
  type PartitionState,
} from './store.ts';

const CAMPAIGN = `c.id::text AS id, c.name, c.total, c.issued, c.discount_kind AS kind, c.discount_value AS value,
  c.discount_currency AS currency, c.starts_at AS "startsAt", c.ends_at AS "endsAt", c.valid_until AS "validUntil",
  c.created_at AS "createdAt", c.created_by AS "createdBy", c.closed_at AS "closedAt"`;

type CampaignRow = Omit<Campaign, 'discount'> & {
  kind: Discount['kind'];
  value: number;
  currency: string | null;
};

function campaignOf({ kind, value, currency, ...rest }: CampaignRow): Campaign {
  return {
    ...rest,
    discount: kind === 'percent' ? { kind, value } : { kind, value, currency: currency ?? '' },
  };
}

export const CLAIMANTS = columns({ campaignId: 'uuid', userId: 'text' });
export const POSITIONS = columns({ partition: 'int4', offset: 'int8' });

const COUPON = `c.id::text AS id, c.campaign_id::text AS "campaignId", c.user_id AS "userId",
  c.request_id AS "requestId", c.request_partition AS "partition", c.request_offset::float8 AS "offset",
  c.accepted_at AS "acceptedAt", c.issued_at AS "issuedAt", c.valid_until AS "validUntil"`;

/** The coupons of some users in some campaigns: one probe of the unique key each, at any size of the table. */
export const READ_COUPONS = `SELECT k.* FROM ${CLAIMANTS.from('p')}
 CROSS JOIN LATERAL (
   SELECT ${COUPON}
     FROM coupon.coupons c
    WHERE c.campaign_id = p."campaignId" AND c.user_id = p."userId"
    LIMIT 1) k`;

export const READ_LOST = `SELECT DISTINCT l.partition, l.from_offset::float8 AS "from", l.to_offset::float8 AS "to"
  FROM ${POSITIONS.from('p')}
 CROSS JOIN LATERAL (
   SELECT * FROM coupon.lost l
    WHERE l.partition = p."partition" AND l.from_offset <= p."offset"
    ORDER BY l.from_offset DESC LIMIT 1) l
 WHERE p."offset" < l.to_offset`;

const CHECKPOINT = `d.partition, d.next_offset::float8 AS next, d.accepted_until AS "acceptedUntil"`;

/** The reads, on the pool or in a transaction. */
export function couponReads(sql: Sql): CouponReads {
  return {
    async campaigns(ids) {
      if (ids.length === 0) return [];
      const rows = await sql.query<CampaignRow>(
        `SELECT ${CAMPAIGN} FROM coupon.campaigns c WHERE c.id = ANY ($1::uuid[])`,
        ids,
      );
      return rows.map(campaignOf);
    },
    coupons: async (claimants) =>
      claimants.length === 0 ? [] : sql.query<Coupon>(READ_COUPONS, ...CLAIMANTS.values(claimants)),
    couponsAfter: (campaignId, userId, limit) =>
      sql.query<Coupon>(
        `SELECT ${COUPON} FROM coupon.coupons c
          WHERE c.campaign_id = $1::uuid AND c.user_id > $2 ORDER BY c.user_id LIMIT $3`,
        campaignId,
        userId,
        limit,
      ),
    checkpoints: () => sql.query<Checkpoint>(`SELECT ${CHECKPOINT} FROM coupon.checkpoints d`),
    partitions: () =>
      sql.query<PartitionState>(
        `SELECT ${CHECKPOINT}, ARRAY(SELECT l.began_at FROM coupon.request_logs l
            WHERE l.partition = d.partition AND l.number > 0 ORDER BY l.number) AS begins
           FROM coupon.checkpoints d`,
      ),
    lost: async (positions) =>
      positions.length === 0 ? [] : sql.query<LostRange>(READ_LOST, ...POSITIONS.values(positions)),
    async epoch() {
      const [row] = await sql.query<{ value: string }>('SELECT value FROM coupon.epoch');
      if (row === undefined) throw new Error('coupon.epoch is empty: its one row comes with the migration');
      return row.value;
    },
  };
}

export const LOCK_CAMPAIGNS = `SELECT ${CAMPAIGN}
  FROM coupon.campaigns c WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id FOR UPDATE`;

/** Locks campaigns, in the order of their ids, and reads them; by id. In an open transaction. */
export async function lockCampaigns(sql: Sql, ids: readonly string[]): Promise<Map<string, Campaign>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<CampaignRow>(LOCK_CAMPAIGNS, ids);
  return new Map(rows.map((row) => [row.id, campaignOf(row)]));
}

/** The list of campaigns alone, for processes that make none. */
export function campaignList(db: Database): Pick<CampaignStore, 'list'> {
  return {
    async list(limit, before) {
      const rows = await db.query<CampaignRow>(
        `SELECT ${CAMPAIGN} FROM coupon.campaigns c WHERE c.id < $1::uuid ORDER BY c.id DESC LIMIT $2`,
        before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff',
        limit,
      );
      return rows.map(campaignOf);
    },
  };
}

/** Campaigns on PostgreSQL. */
export function campaignStore(db: Database, prisma: Prisma): CampaignStore {
  return {
    ...campaignList(db),
    async create({ discount, ...campaign }, key, createReason = null) {
      const row = {
        ...campaign,
        discountKind: discount.kind,
        discountValue: discount.value,
        discountCurrency: discount.kind === 'amount' ? discount.currency : null,
        idempotencyKey: key,
        createReason,
      };
      const [created] = await prisma.campaign.createManyAndReturn({ data: [row], skipDuplicates: true });
      // The statement that met a duplicate cannot see a row committed while it ran; the next one can. By id: an earlier
      // attempt, whose outcome was unknown.
      const stored =
        created ??
        (await prisma.campaign.findUnique({ where: { id: campaign.id } })) ??
        (key === null
          ? null
          : await prisma.campaign.findUnique({
              where: { createdBy_idempotencyKey: { createdBy: campaign.createdBy, idempotencyKey: key } },
            }));
      if (stored === null) throw new Error('a campaign was neither created nor found under its key');
      const { discountKind, discountValue, discountCurrency, ...others } = stored;
      const { idempotencyKey: _, createReason: _why, ...rest } = others;
      return campaignOf({
        ...rest,
        kind: discountKind as Discount['kind'],
        value: discountValue,
        currency: discountCurrency,
      });
    },
    isMade: async (createdBy, idempotencyKey) =>
      (await prisma.campaign.count({ where: { createdBy, idempotencyKey } })) > 0,
    close: (id, now, by) =>
      db.transaction(async (sql) => {
        // The locks on the checkpoints stop all issuers; the order is theirs, which avoids deadlocks.
        const checkpoints = await sql.query<Checkpoint>(
          `SELECT ${CHECKPOINT} FROM coupon.checkpoints d ORDER BY d.partition FOR UPDATE`,
        );
        const decidedUntil = Math.max(
          0,
          ...checkpoints.map(({ acceptedUntil }) => acceptedUntil?.getTime() ?? 0),
        );
        const [found] = await sql.query<CampaignRow & { closedBy: string | null }>(
          `SELECT ${CAMPAIGN}, c.closed_by AS "closedBy" FROM coupon.campaigns c WHERE c.id = $1::uuid FOR UPDATE`,
          id,
        );
        if (found === undefined) return null;
        const { closedBy, ...present } = found;
        const isRepeat = closedBy !== null && closedBy === by?.closedBy;
        if (!isRepeat && by?.approves?.(campaignOf(present)) === false)
          throw new CampaignChanged(campaignOf(present));
        const rows = await sql.query<CampaignRow>(
          `UPDATE coupon.campaigns c SET closed_at = COALESCE(c.closed_at, $2::timestamptz),
                  closed_by = CASE WHEN c.closed_at IS NULL THEN $3 ELSE c.closed_by END,
                  close_reason = CASE WHEN c.closed_at IS NULL THEN $4 ELSE c.close_reason END
            WHERE c.id = $1::uuid RETURNING ${CAMPAIGN}`,
          id,
          new Date(Math.max(now.getTime(), decidedUntil + 1)),
          by?.closedBy ?? null,
          by?.reason ?? null,
        );
        return rows[0] === undefined ? null : campaignOf(rows[0]);
      }),
  };
}
