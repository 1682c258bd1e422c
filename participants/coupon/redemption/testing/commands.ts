/** For redemption's tests: its commands as records. */
import { coupon } from '#participants/coupon/contract.ts';
import { commandId } from '#protocol/ids.ts';
import { commandRecord } from '#runtime/testing/commands.ts';

export const redeemId = (saga: string, nth = 1) => commandId(saga, 'coupon.redeem', nth);
export const restoreId = (saga: string, nth = 1) => commandId(saga, 'coupon.restore', nth);

export const redeem = (
  saga: string,
  couponId: string,
  order: { customerId?: string; amount?: number; currency?: string } = {},
  nth = 1,
) => {
  const data = { couponId, customerId: 'ann', amount: 1290, currency: 'EUR', ...order };
  return commandRecord(coupon, saga, 'coupon.redeem', data, { nth });
};
export const restore = (saga: string, undoes = [redeemId(saga)], nth = 1) =>
  commandRecord(coupon, saga, 'coupon.restore', { undoes }, { nth });
export const revoke = (saga: string) =>
  commandRecord(coupon, saga, 'coupon.revoke', { undoes: [redeemId(saga)] });
