/** Redemption's store in memory, under the constraints of PostgreSQL's. */
import { MemoryDataFault, MemoryTable } from '#runtime/testing/memory-table.ts';
import type { MemoryStore } from '#runtime/testing/memory-unit-of-work.ts';
import type { RedeemableCoupon, RedemptionStore } from '../store.ts';

export type RedemptionTables = {
  /** By id. */
  readonly coupons: MemoryTable<Readonly<RedeemableCoupon>>;
};

/** A store without coupons. */
export function memoryRedemptionStore(): MemoryStore<RedemptionStore, RedemptionTables> {
  const coupons = new MemoryTable<Readonly<RedeemableCoupon>>();
  const store: RedemptionStore = {
    async lockCoupons(ids, sagaIds) {
      const [named, holders] = [new Set(ids), new Set(sagaIds)];
      return [...coupons.rows.values()]
        .filter(
          ({ id, redemption }) => named.has(id) || (redemption !== null && holders.has(redemption.sagaId)),
        )
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((row) => ({ ...row }));
    },

    async writeRedemptions(changes) {
      for (const { couponId, was, now } of changes) {
        const row = coupons.get(couponId);
        if (row === undefined || (row.redemption?.commandId ?? null) !== was)
          throw new Error(`the coupon ${couponId} was changed by another`);
        coupons.put(couponId, { ...row, redemption: now });
      }
      const holders = [...coupons.rows.values()].flatMap(({ redemption }) => redemption?.sagaId ?? []);
      if (new Set(holders).size < holders.length) throw new MemoryDataFault('an order holds two coupons');
    },
  };
  return { store, tables: { coupons } };
}
