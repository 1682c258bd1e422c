/** Redemption's commands over a whole batch: lock the coupons, decide in memory, write. */
import { defineBatchParticipant } from '#runtime/participant.ts';
import { coupon } from '../contract.ts';
import { couponIdOf, decideRedemptions } from './decide-redemptions.ts';
import type { RedemptionStore } from './store.ts';
import { usageEvents } from './usage.ts';

// All types together, not one after the other: locks taken type by type would let two batches wait in a circle.
export const couponParticipant = defineBatchParticipant(coupon, { eventsOf: usageEvents })<RedemptionStore>(
  async (commands, { store, now }) => {
    const ids = commands.flatMap((command) =>
      command.type === 'coupon.redeem' ? (couponIdOf(command.data.couponId) ?? []) : [],
    );
    const restoring = commands.flatMap(({ type, sagaId }) => (type === 'coupon.restore' ? sagaId : []));
    const coupons = await store.lockCoupons(ids, restoring);
    const { replies, changes } = decideRedemptions(commands, coupons, now);
    await store.writeRedemptions(changes);
    return replies;
  },
);
