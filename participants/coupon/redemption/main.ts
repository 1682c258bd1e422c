/** The coupon participant's process: it redeems coupons for orders, and restores them. */
import { runParticipant } from '#runtime/run.ts';
import { COUPON_TABLES } from '../tables.ts';
import { couponParticipant } from './handlers.ts';
import { redemptionStore } from './sql-store.ts';

await runParticipant(couponParticipant, { store: redemptionStore, tables: COUPON_TABLES });
