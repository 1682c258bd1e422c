/** Issuing's tables in memory keep the contract that PostgreSQL keeps. */
import { memoryIssuing } from './memory-issuing.ts';
import { issuingContract } from './testing/issuing.contract.ts';

issuingContract('in memory', async () => ({ ...memoryIssuing(), close: async () => {} }));
