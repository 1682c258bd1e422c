/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryMailBench } from './testing/bench.ts';
import { mailStoreContract } from './testing/mail-store.contract.ts';

mailStoreContract('in memory', memoryMailBench);
