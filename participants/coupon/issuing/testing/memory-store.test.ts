/** Issuing's tables in memory fulfil the contract that PostgreSQL fulfils. */
import { issuingContract } from './issuing.contract.ts';
import { memoryIssuing } from './memory-store.ts';

issuingContract('in memory', async () => ({ ...memoryIssuing(), close: async () => {} }));
