/** Facts in memory keep the contract that Redis keeps. */

import { factsContract } from './cache.contract.ts';
import { memoryFacts } from './memory-cache.ts';

factsContract('in memory', async () => ({ facts: memoryFacts(), close() {} }));
