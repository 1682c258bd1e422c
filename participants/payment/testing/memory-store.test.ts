/** The contract of payment's store in memory. */
import { memoryPaymentBench } from './bench.ts';
import { paymentStoreContract } from './payment-store.contract.ts';

paymentStoreContract('in memory', memoryPaymentBench);
