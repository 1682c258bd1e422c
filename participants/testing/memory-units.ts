/** The participants' stores in memory, each with its inbox: the simulation runs the handlers of `handlers.ts` on them. */
import { memoryUnitOfWork } from '#runtime/testing/memory-unit-of-work.ts';
import { memoryRedemptionStore } from '../coupon/redemption/testing/memory-store.ts';
import { memoryInventoryStore } from '../inventory/testing/memory-store.ts';
import { memoryPaymentStore } from '../payment/testing/memory-store.ts';
import { memoryShippingStore } from '../shipping/testing/memory-store.ts';

/** Empty ones. */
export const memoryUnits = () => ({
  inventory: memoryUnitOfWork(memoryInventoryStore()),
  coupon: memoryUnitOfWork(memoryRedemptionStore()),
  payment: memoryUnitOfWork(memoryPaymentStore()),
  shipping: memoryUnitOfWork(memoryShippingStore()),
});
