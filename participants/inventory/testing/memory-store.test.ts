/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryInventoryBench } from './bench.ts';
import { inventoryContract } from './inventory.contract.ts';

inventoryContract('in memory', memoryInventoryBench);
