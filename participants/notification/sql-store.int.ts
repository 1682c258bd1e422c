/** The contract of the mails' store on PostgreSQL. */
import { postgresMailBench } from './testing/bench.ts';
import { mailStoreContract } from './testing/mail-store.contract.ts';

mailStoreContract('on PostgreSQL', postgresMailBench);
