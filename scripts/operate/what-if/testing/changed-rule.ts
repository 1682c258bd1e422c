/** For tests: a module for `--module`, in which a refused shipment is cancelled before the refund. */
import { orderWithChangedRule } from '#orchestrator/sagas/order/testing/next.ts';

export const definitions = [orderWithChangedRule()];
