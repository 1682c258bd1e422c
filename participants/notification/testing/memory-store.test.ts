/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryMailBench } from './bench.ts';
import { mailStoreContract } from './mail-store.contract.ts';

mailStoreContract('in memory', memoryMailBench);
