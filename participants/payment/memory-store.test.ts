/** The store in memory keeps the contract that PostgreSQL keeps. */
import { memoryPaymentBench } from './testing/bench.ts';
import { paymentStoreContract } from './testing/payment-store.contract.ts';

paymentStoreContract('in memory', memoryPaymentBench);
