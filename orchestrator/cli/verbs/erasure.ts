/** `saga erasure request|get`, for admins. */
import type { Command } from 'commander';
import { getErasure, requestErasure } from '../erasures.ts';
import type { Approval } from '../plan-first.ts';
import { approved, type Common, type VerbParts } from './parts.ts';

/** Adds `erasure …` to the program. */
export function addErasureVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const erasures = verb(saga, 'erasure', 'erases a customer’s personal data (admin)');
  approved(verb(erasures, 'request', 'erases a customer for good, once none of their orders is under way'))
    .argument('<customer>', "the customer's id; the reason must not name the customer")
    .action(async (customerId: string, options: Approval) =>
      requestErasure(await contextOf(options), customerId, options),
    );
  verb(erasures, 'get', 'how far an erasure is')
    .argument('<id>', "the erasure's id")
    .action(async (id: string, options: Common) => getErasure(await contextOf(options), id, options));
}
