/** The cache in memory fulfils the contract that Redis fulfils. */
import { cacheContract } from './cache.contract.ts';
import { memoryCache } from './memory-cache.ts';

cacheContract('in memory', async () => ({ cache: memoryCache(), close() {} }));
