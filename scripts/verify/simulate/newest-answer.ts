/** A rule on payment's ledger during a run: what the gateway answered later is not overwritten by what it answered before. */
import type { PaymentStore } from '#participants/payment/store.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';

/** The same unit of work; adds a violation for each change of a reversal that comes from an older read than the one before. */
export function keepsTheNewest(
  unitOfWork: UnitOfWork<PaymentStore>,
  wrong: string[],
): UnitOfWork<PaymentStore> {
  const readAt = new Map<string, number>();
  const watched = (store: PaymentStore): PaymentStore => ({
    ...store,
    async writeReversals(seen) {
      const changes = await store.writeReversals(seen);
      for (const { commandId, reversal } of changes) {
        const at = Number(seen.find((one) => one.commandId === commandId)?.at ?? 0);
        if (at < (readAt.get(reversal.id) ?? 0))
          wrong.push(`newest answer: ${reversal.id} is ${reversal.state} again, by an older read`);
        readAt.set(reversal.id, at);
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
