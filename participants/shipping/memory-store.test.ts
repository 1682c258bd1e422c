/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryShippingBench } from './testing/bench.ts';
import { shippingContract } from './testing/shipping.contract.ts';

shippingContract('in memory', memoryShippingBench);
