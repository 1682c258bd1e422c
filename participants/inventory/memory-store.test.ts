/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryInventoryBench } from './testing/bench.ts';
import { inventoryContract } from './testing/inventory.contract.ts';

inventoryContract('in memory', memoryInventoryBench);
