/** The harness in memory keeps the contract that PostgreSQL keeps. */

import { batchContract } from './testing/batch.contract.ts';
import { memoryToyBench } from './testing/bench.ts';
import { unitOfWorkContract } from './testing/unit-of-work.contract.ts';

unitOfWorkContract('in memory', memoryToyBench);
batchContract('in memory', memoryToyBench);
