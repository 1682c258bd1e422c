/** Decides redemptions in memory, in order, on coupons that the caller has locked: the first of two orders gets a coupon. */
import { type ChargeFault, chargeFault } from '#protocol/charge-limits.ts';
import type { CommandData } from '#protocol/contract.ts';
import { formatMoney } from '#protocol/currency.ts';
import { isUuid, uuidv7Ms } from '#protocol/ids.ts';
import { type AnyCommand, type AnyReply, type Command, findings } from '#runtime/participant.ts';
import { type CouponContract, type CouponUse, coupon as contract } from '../contract.ts';
import { discountOf } from './discount.ts';
import type { RedeemableCoupon, RedemptionChange } from './store.ts';

type Reply = AnyReply<CouponContract>;
type Redeem = Command<CommandData<CouponContract, 'coupon.redeem'>>;

/** Why a coupon cannot be redeemed. */
export type RefusalCode = 'unknown-coupon' | 'not-yours' | 'already-redeemed' | 'expired' | 'other-currency';
type Refusal = Extract<Reply, { type: 'coupon.refused' }>;

const REFUSALS: Readonly<Record<RefusalCode, string>> = {
  'unknown-coupon': 'There is no such coupon.',
  'not-yours': 'The coupon is another customer’s.',
  'already-redeemed': 'The coupon was used for another order.',
  expired: 'The coupon is not valid any more.',
  'other-currency': 'The coupon is in another currency than the order.',
};

/** A coupon's id as its table stores it; null when the text is no UUID. */
export function couponIdOf(text: string): string | null {
  const id = text.toLowerCase();
  return isUuid(id) ? id : null;
}

/**
 * The replies to some commands, in their order, and the changes to write. It mutates the given coupons.
 * @param coupons the locked coupons that the commands name or their orders hold
 */
export function decideRedemptions(
  commands: ReadonlyArray<AnyCommand<CouponContract>>,
  coupons: readonly RedeemableCoupon[],
  now: Date,
): { replies: Reply[]; changes: RedemptionChange[] } {
  const byId = new Map(coupons.map((one) => [one.id, one]));
  const before = new Map(coupons.map(({ id, redemption }) => [id, redemption]));
  const replies = commands.map((command): Reply => {
    switch (command.type) {
      case 'coupon.redeem':
        return redeem(command, byId.get(couponIdOf(command.data.couponId) ?? ''), now);
      case 'coupon.restore':
        return restore(command, coupons);
      case 'coupon.revoke':
        return { type: 'coupon.revoked', data: { found: findings(command, contract) } };
    }
  });
  const changed = coupons.filter(({ id, redemption }) => redemption !== before.get(id));
  const changes = changed.map(({ id, redemption }) => ({
    couponId: id,
    was: before.get(id)?.commandId ?? null,
    now: redemption,
  }));
  return { replies, changes };
}

function redeem(
  { id: commandId, sagaId, data }: Redeem,
  coupon: RedeemableCoupon | undefined,
  at: Date,
): Reply {
  if (coupon === undefined) return refused('unknown-coupon');
  // The first check, so that a refusal reveals nothing else about another customer's coupon.
  if (coupon.userId !== data.customerId) return refused('not-yours');
  if (coupon.redemption !== null) return refused('already-redeemed');
  if (coupon.validUntil !== null && acceptedMs(sagaId) >= coupon.validUntil.getTime())
    return refused('expired');
  const discount = discountOf(coupon.discount, data);
  if (discount === null) return refused('other-currency');
  const left = data.amount - discount;
  const fault = chargeFault(left, data.currency);
  if (fault !== null) return notChargeable(fault, left, data.currency);
  coupon.redemption = { sagaId, commandId, at };
  return { type: 'coupon.redeemed', data: { discount, use: useOf(coupon) } };
}

/**
 * When the order was accepted, which its id holds. A coupon is judged by it: the customer was answered 202 while the coupon
 * was valid, however late the command is decided.
 */
function acceptedMs(sagaId: string): number {
  return uuidv7Ms(sagaId);
}

function refused(code: RefusalCode): Refusal {
  return { type: 'coupon.refused', data: { code, text: REFUSALS[code] } };
}

/** Refused here, while the coupon is unused: the gateway would refuse the charge of what is left. */
function notChargeable({ code, text }: ChargeFault, left: number, currency: string): Refusal {
  const sentence = `The coupon leaves ${formatMoney(left, currency)} to pay, and ${text}.`;
  return { type: 'coupon.refused', data: { code, text: sentence } };
}

/** Restores the coupons that the named commands hold. An earlier restore already released the missing ones. */
function restore(command: Command, coupons: readonly RedeemableCoupon[]): Reply {
  const found = findings(command, contract);
  let use: CouponUse | undefined;
  for (const [commandId, finding] of Object.entries(found)) {
    if (finding !== 'done') continue;
    found[commandId] = 'undone';
    const held = coupons.find(({ redemption }) => redemption?.commandId === commandId);
    if (held === undefined) continue;
    held.redemption = null;
    use = useOf(held);
  }
  return { type: 'coupon.restored', data: { found, ...(use && { use }) } };
}

function useOf({ id, campaignId, userId }: RedeemableCoupon): CouponUse {
  return { couponId: id, campaignId, userId };
}
