/** Cache in memory keep the contract that Redis keeps. */

import { cacheContract } from './cache.contract.ts';
import { memoryCache } from './memory-cache.ts';

cacheContract('in memory', async () => ({ cache: memoryCache(), close() {} }));
