/** Issuing's tables in memory keep the contract that PostgreSQL keeps. */

import { issuingContract } from './issuing.contract.ts';
import { memoryIssuing } from './memory-store.ts';

issuingContract('in memory', async () => ({ ...memoryIssuing(), close: async () => {} }));
