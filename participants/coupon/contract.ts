/** What the coupon participant promises the order saga: redeem a coupon once, and restore it. */
import * as z from 'zod';
import { defineContract, refusal, undoData, undone, undoneData } from '#protocol/contract.ts';
import { CHANNELS, SAGA_REPLIES } from '#protocol/topics.ts';

/** Which coupon was used, of which campaign, and whose it is: what the event beside the reply tells. */
export const couponUse = z.object({
  couponId: z.string(),
  campaignId: z.string(),
  userId: z.string(),
});
export type CouponUse = z.infer<typeof couponUse>;

export const coupon = defineContract({
  name: 'coupon',
  channel: CHANNELS.coupon,
  commands: {
    'coupon.redeem': {
      kind: 'forward',
      data: z.object({
        couponId: z.string().min(1).max(200),
        customerId: z.string().min(1).max(100),
        amount: z.number().int().min(0),
        currency: z.string(),
      }),
      success: 'coupon.redeemed',
      refusal: 'coupon.refused',
    },
    'coupon.restore': {
      kind: 'undo',
      data: undoData,
      success: 'coupon.restored',
      refusal: 'coupon.restoreRefused',
      undoes: ['coupon.redeem'],
    },
    'coupon.revoke': {
      kind: 'revoke',
      data: undoData,
      success: 'coupon.revoked',
      refusal: 'coupon.revokeRefused',
    },
  },
  replies: {
    'coupon.redeemed': {
      topic: SAGA_REPLIES,
      data: z.object({
        /** In the order's minor unit: it lowers what is charged. */
        discount: z.number().int().min(0),
        use: couponUse.exactOptional(),
      }),
    },
    'coupon.refused': refusal,
    /** `use` where this restore gave a coupon back; a second one finds it given back. */
    'coupon.restored': { topic: SAGA_REPLIES, data: undoneData.extend({ use: couponUse.exactOptional() }) },
    'coupon.restoreRefused': refusal,
    'coupon.revoked': undone,
    'coupon.revokeRefused': refusal,
  },
});
export type CouponContract = typeof coupon;
