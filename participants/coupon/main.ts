/** The coupon process: it redeems coupons for orders, and restores them. */
import { runParticipant } from '../harness/run.ts';
import { couponParticipant } from './handlers.ts';
import { redemptionStore } from './sql-redemption-store.ts';

await runParticipant(couponParticipant, { databaseUrl: 'COUPON_DATABASE_URL', store: redemptionStore });
