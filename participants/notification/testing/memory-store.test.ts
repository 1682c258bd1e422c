/** The contract of the mails' store in memory. */
import { memoryMailBench } from './bench.ts';
import { mailStoreContract } from './mail-store.contract.ts';

mailStoreContract('in memory', memoryMailBench);
