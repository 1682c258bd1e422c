/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryShippingBench } from './bench.ts';
import { shippingContract } from './shipping.contract.ts';

shippingContract('in memory', memoryShippingBench);
