/** The store in memory keeps the contract that PostgreSQL keeps. */

import { memoryRedemptionBench } from './bench.ts';
import { redemptionContract } from './redemption.contract.ts';

redemptionContract('in memory', memoryRedemptionBench);
