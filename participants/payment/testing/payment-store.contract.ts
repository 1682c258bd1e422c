/** The contract of payment's store. */
import type { PaymentBench } from './bench.ts';
import { claimsContract } from './claims.contract.ts';
import { handlerVerbsContract } from './handler-verbs.contract.ts';
import { paceContract } from './pace.contract.ts';
import { workerVerbsContract } from './worker-verbs.contract.ts';

/** @param open opens a bench of its own */
export function paymentStoreContract(name: string, open: () => Promise<PaymentBench>): void {
  handlerVerbsContract(name, open);
  claimsContract(name, open);
  workerVerbsContract(name, open);
  paceContract(name, open);
}
