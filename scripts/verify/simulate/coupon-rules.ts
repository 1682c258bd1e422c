/** The ledger's rules of coupons, on a snapshot in memory. Pure. */
import type { SagaRow } from '#engine/saga.ts';
import type { Birth } from '#orchestrator/store/intake-store.ts';
import type { RedeemableCoupon } from '#participants/coupon/redemption/store.ts';
import type { StoredCommand } from '#runtime/testing/memory-inbox.ts';

interface RedemptionState {
  readonly inboxes: readonly StoredCommand[];
  readonly coupons: readonly RedeemableCoupon[];
}

/** redemptions: a completed order holds the coupon it named, its own customer's; a failed one holds none. */
export function holdsItsCoupon(
  { id, status }: Pick<SagaRow, 'id' | 'status'>,
  order: Birth,
  coupons: readonly RedeemableCoupon[],
): string | null {
  const { couponId } = order.input as { couponId?: string };
  const held = coupons.filter(({ redemption }) => redemption?.sagaId === id);
  const heldIds = held.map((coupon) => coupon.id).join();
  if (status === 'failed') return heldIds === '' ? null : `failed, and holds the coupon ${heldIds}`;
  if (heldIds !== (couponId ?? ''))
    return `completed with the coupon ${couponId}, and holds ${heldIds || 'none'}`;
  const foreign = held.find(({ userId }) => userId !== order.customerId);
  return foreign === undefined ? null : `holds a coupon of ${foreign.userId}`;
}

/** coupon uses: a command answered as redeemed holds its coupon or was undone, never both, and no other holds one. */
export function couponUsesFitReplies({ inboxes, coupons }: RedemptionState): string[] {
  const answers = inboxes.map(({ commandId, reply }) => ({
    commandId,
    ...(JSON.parse(reply ?? '{}') as PublishedResult),
  }));
  const redeemed = answers.flatMap(({ commandId, type }) => (type === 'coupon.redeemed' ? commandId : []));
  const undone = new Set(
    answers.flatMap(({ type, data }) =>
      type === 'coupon.restored'
        ? Object.entries(data?.found ?? {}).flatMap(([id, finding]) => (finding === 'undone' ? id : []))
        : [],
    ),
  );
  const held = coupons.flatMap(({ redemption }) => redemption?.commandId ?? []);
  const accounted = [...held, ...undone].sort().join();
  return accounted === redeemed.sort().join()
    ? []
    : [`coupon uses: ${redeemed} were redeemed, and held or undone are ${accounted}`];
}

interface PublishedResult {
  readonly type?: string;
  readonly data?: { readonly found?: Readonly<Record<string, string>> };
}
