/** A rule on payment's ledger during a run: it takes nothing back that the gateway has answered. */
import { REFUND_STATES } from '#participants/payment/reversal.ts';
import type { PaymentStore } from '#participants/payment/store.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';

/**
 * The same unit of work; adds a violation for each refund that returns to a state of before, and for each change of a dispute that
 * comes from an older read than the one before.
 */
export function keepsTheNewest(
  unitOfWork: UnitOfWork<PaymentStore>,
  wrong: string[],
): UnitOfWork<PaymentStore> {
  const readAt = new Map<string, number>();
  const watched = (store: PaymentStore): PaymentStore => ({
    ...store,
    async writeReversals(seen) {
      const changes = await store.writeReversals(seen);
      for (const { commandId, reversal, before } of changes) {
        const { id, kind, state } = reversal;
        const at = Number(seen.find((one) => one.commandId === commandId)?.at ?? 0);
        const isOlder =
          kind === 'dispute'
            ? at < (readAt.get(id) ?? 0)
            : before !== null && REFUND_STATES.indexOf(state) < REFUND_STATES.indexOf(before);
        if (isOlder) wrong.push(`newest answer: ${id} is ${state} again, by an older read`);
        readAt.set(id, at);
      }
      return changes;
    },
  });
  return {
    ...unitOfWork,
    transaction: (work) => unitOfWork.transaction((open) => work({ ...open, store: watched(open.store) })),
    alone: (work) => unitOfWork.alone((store) => work(watched(store))),
  };
}
