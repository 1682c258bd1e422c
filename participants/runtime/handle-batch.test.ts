/** The runtime's contracts in memory. */
import { batchContract } from './testing/batch.contract.ts';
import { memoryToyBench } from './testing/bench.ts';
import { unitOfWorkContract } from './testing/unit-of-work.contract.ts';

unitOfWorkContract('in memory', memoryToyBench);
batchContract('in memory', memoryToyBench);
