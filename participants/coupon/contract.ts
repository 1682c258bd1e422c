/** What the coupon participant promises the order saga: redeem a coupon once, and restore it. */
import * as z from 'zod';
import { defineContract, refusal, undoData, undone } from '../wire/contract.ts';
import { SAGA_REPLIES } from '../wire/topics.ts';

export const coupon = defineContract({
  name: 'coupon',
  channel: 'coupon-redemption-requested',
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
    'coupon.void': {
      kind: 'void',
      data: undoData,
      success: 'coupon.voided',
      refusal: 'coupon.voidRefused',
    },
  },
  replies: {
    /** The discount in the order's minor unit: it lowers what is charged. */
    'coupon.redeemed': { topic: SAGA_REPLIES, data: z.object({ discount: z.number().int().min(0) }) },
    'coupon.refused': refusal,
    'coupon.restored': undone,
    'coupon.restoreRefused': refusal,
    'coupon.voided': undone,
    'coupon.voidRefused': refusal,
  },
});
export type CouponContract = typeof coupon;
