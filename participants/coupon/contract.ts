/** The coupon participant's contract with the order saga: it redeems a coupon once, and restores it. */
import * as z from 'zod';
import { defineContract, refusal, undoData, undone, undoneData } from '#protocol/contract.ts';
import { CHANNELS, SAGA_REPLIES } from '#protocol/topics.ts';

/** The coupon that an order used, its campaign and its owner: the data of the event beside the reply. */
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
        /** Lowers the charge; in the order's minor unit. */
        discount: z.number().int().min(0),
        use: couponUse.exactOptional(),
      }),
    },
    'coupon.refused': refusal,
    /** `use` only in the reply of the restore that gave the coupon back; a second restore has none. */
    'coupon.restored': { topic: SAGA_REPLIES, data: undoneData.extend({ use: couponUse.exactOptional() }) },
    'coupon.restoreRefused': refusal,
    'coupon.revoked': undone,
    'coupon.revokeRefused': refusal,
  },
});
export type CouponContract = typeof coupon;
