/** The store in memory keeps the contract that PostgreSQL keeps. */
import { redemptionContract } from './testing/redemption.contract.ts';
import { memoryRedemptionBench } from './testing/redemption-bench.ts';

redemptionContract('in memory', memoryRedemptionBench);
