/** Shipping's contract in memory. */
import { memoryShippingBench } from './bench.ts';
import { shippingContract } from './shipping.contract.ts';

shippingContract('in memory', memoryShippingBench);
