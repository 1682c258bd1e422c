/** The store on PostgreSQL keeps its contract. */
import { postgresMailBench } from './testing/bench.ts';
import { mailStoreContract } from './testing/mail-store.contract.ts';

mailStoreContract('on PostgreSQL', postgresMailBench);
