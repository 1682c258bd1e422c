/** Shipping on real PostgreSQL. */
import { postgresShippingBench } from './testing/bench.ts';
import { shippingContract } from './testing/shipping.contract.ts';

shippingContract('on PostgreSQL', postgresShippingBench);
