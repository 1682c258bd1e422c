/** Redemption's store on PostgreSQL: two statements a batch. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import type { RedeemableCoupon, RedemptionStore } from './store.ts';

interface Row extends Omit<RedeemableCoupon, 'discount' | 'redemption'> {
  readonly kind: 'amount' | 'percent';
  readonly value: number;
  readonly currency: string | null;
  readonly sagaId: string | null;
  readonly commandId: string | null;
  readonly at: Date | null;
}

const CHANGES = columns({
  couponId: 'uuid',
  was: 'text',
  sagaId: 'uuid',
  commandId: 'text',
  at: 'timestamptz',
});

/** Redemption's store in an open transaction. */
export function redemptionStore(sql: Sql): RedemptionStore {
  return {
    async lockCoupons(ids, sagaIds) {
      if (ids.length + sagaIds.length === 0) return [];
      // FOR UPDATE OF c: the campaign's row stays unlocked, for the issuer needs it. Sorted as text: the index of ids would bring
      // all coupons in order, and where PostgreSQL counts few of them it would read it from end to end.
      const found = await sql.query<Row>(
        `SELECT c.id::text, c.campaign_id::text AS "campaignId", c.user_id AS "userId", c.valid_until AS "validUntil",
            g.discount_kind AS kind, g.discount_value AS value, g.discount_currency AS currency,
            c.redeemed_by::text AS "sagaId", c.redeemed_command AS "commandId", c.redeemed_at AS at
       FROM coupon.coupons c JOIN coupon.campaigns g ON ${probe('g.id', 'c.campaign_id')}
      WHERE c.id = ANY ($1::uuid[]) OR c.redeemed_by = ANY ($2::uuid[])
      ORDER BY c.id::text
        FOR UPDATE OF c`,
        ids,
        sagaIds,
      );
      return found.map(couponOf);
    },

    async writeRedemptions(changes) {
      if (changes.length === 0) return;
      const written = await sql.execute(
        `UPDATE coupon.coupons c SET redeemed_by = v."sagaId", redeemed_command = v."commandId", redeemed_at = v.at
       FROM ${CHANGES.from('v')}
      WHERE ${probe('c.id', 'v."couponId"')} AND c.redeemed_command IS NOT DISTINCT FROM v.was`,
        ...CHANGES.values(changes.map(({ couponId, was, now }) => ({ couponId, was, ...now }))),
      );
      if (written !== changes.length)
        throw new Error(`${changes.length - written} coupon(s) were changed by another`);
    },
  };
}

function couponOf({ kind, value, currency, sagaId, commandId, at, ...coupon }: Row): RedeemableCoupon {
  const redemption = sagaId === null || commandId === null || at === null ? null : { sagaId, commandId, at };
  // A CHECK of the table requires a currency with every amount.
  const discount = kind === 'percent' ? { kind, value } : { kind, value, currency: currency ?? '' };
  return { ...coupon, discount, redemption };
}
