/** The store in memory fulfils the contract that PostgreSQL fulfils. */
import { memoryRedemptionBench } from './bench.ts';
import { redemptionContract } from './redemption.contract.ts';

redemptionContract('in memory', memoryRedemptionBench);
