/** Inventory's contract in memory. */
import { memoryInventoryBench } from './bench.ts';
import { inventoryContract } from './inventory.contract.ts';

inventoryContract('in memory', memoryInventoryBench);
