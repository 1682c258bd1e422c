/** Facts in memory keep the contract that Redis keeps. */
import { memoryFacts } from './memory-facts.ts';
import { factsContract } from './testing/facts.contract.ts';

factsContract('in memory', async () => ({ facts: memoryFacts(), close() {} }));
