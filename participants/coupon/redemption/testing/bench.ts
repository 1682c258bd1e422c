/** For tests: redemption's unit of work, on PostgreSQL or in memory, with what a test reads and writes beside it. */
import { sqlUnitOfWork } from '#runtime/sql-unit-of-work.ts';
import { newSaga } from '#runtime/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { memoryUnitOfWork } from '#runtime/testing/memory-unit-of-work.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { redemptionStore } from '../sql-store.ts';
import type { RedemptionStore } from '../store.ts';
import { type Issued, insertCoupon, PLAIN } from './insert-coupon.ts';
import { memoryRedemptionStore } from './memory-store.ts';

export interface RedemptionBench {
  readonly unitOfWork: UnitOfWork<RedemptionStore>;
  /** A unit of work on the same coupons, as another process has it. */
  readonly others: UnitOfWork<RedemptionStore>;
  /** Inserts a coupon of a campaign of its own. */
  issue(coupon: Issued): Promise<{ couponId: string; campaignId: string }>;
  /** The command and the order that hold a coupon. */
  holder(couponId: string): Promise<{ sagaId: string; commandId: string } | null>;
  close(): Promise<void>;
}

export async function postgresRedemptionBench(): Promise<RedemptionBench & { readonly test: TestDatabase }> {
  const test = await openTestDatabase('coupon.inbox');
  return {
    test,
    unitOfWork: sqlUnitOfWork(test.db, 'coupon', redemptionStore),
    others: sqlUnitOfWork(test.other, 'coupon', redemptionStore),
    issue: (coupon) => insertCoupon(test.db, coupon),
    async holder(couponId) {
      const [row] = await test.db.query<{ sagaId: string; commandId: string } | { sagaId: null }>(
        `SELECT redeemed_by::text AS "sagaId", redeemed_command AS "commandId" FROM coupon.coupons WHERE id = $1::uuid`,
        couponId,
      );
      return row === undefined || row.sagaId === null ? null : row;
    },
    close: () => test.close(),
  };
}

export async function memoryRedemptionBench(): Promise<RedemptionBench> {
  const unitOfWork = memoryUnitOfWork(memoryRedemptionStore());
  const { coupons } = unitOfWork.tables;
  return {
    unitOfWork,
    others: unitOfWork,
    async issue(coupon) {
      const { id: couponId = newSaga(), campaignId = newSaga() } = coupon;
      await unitOfWork.transaction(async () =>
        coupons.insert(couponId, { ...PLAIN, ...coupon, id: couponId, campaignId, redemption: null }),
      );
      return { couponId, campaignId };
    },
    async holder(couponId) {
      const redemption = coupons.get(couponId)?.redemption ?? null;
      return redemption && { sagaId: redemption.sagaId, commandId: redemption.commandId };
    },
    close: async () => {},
  };
}
