/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryPaymentBench } from './bench.ts';
import { paymentStoreContract } from './payment-store.contract.ts';

paymentStoreContract('in memory', memoryPaymentBench);
