/** What payment needs of its store, whatever keeps it. */
import type { PaymentBench } from './bench.ts';
import { claimsContract } from './claims.contract.ts';
import { handlerVerbsContract } from './handler-verbs.contract.ts';
import { workerVerbsContract } from './worker-verbs.contract.ts';

/** @param open a bench with nothing in it that these tests mind */
export function paymentStoreContract(name: string, open: () => Promise<PaymentBench>): void {
  handlerVerbsContract(name, open);
  claimsContract(name, open);
  workerVerbsContract(name, open);
}
