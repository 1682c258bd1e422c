/** Handles redemption's commands by the batch: locks the coupons, decides in memory, writes the changes. */
import { defineBatchParticipant } from '#runtime/participant.ts';
import { coupon } from '../contract.ts';
import { couponIdOf, decideRedemptions } from './decide-redemptions.ts';
import type { RedemptionStore } from './store.ts';
import { usageEvents } from './usage.ts';

// One lock statement for all command types: locks taken type by type could deadlock two batches.
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
