/** The waiting undos in memory: the verbs of `sql/undos.ts`, by the same rules. */
import type { MemoryTable } from '#runtime/testing/memory-table.ts';
import type { IntentKey } from '../intent.ts';
import type { PaymentStore, WaitingUndo } from '../store.ts';

/** A row; its key is the command's id, which begins with its saga's. */
export interface StoredUndo extends WaitingUndo {
  readonly createdAt: Date;
  readonly noticedAt: Date | null;
  readonly answeredAt: Date | null;
}

type UndoVerbs = Pick<PaymentStore, 'insertUndos' | 'lockWaitingUndos' | 'recordAnswered' | 'takeNotices'>;

export function memoryUndos(undos: MemoryTable<StoredUndo>): UndoVerbs {
  const waiting = (sagaIds: readonly string[]) =>
    [...undos.rows.values()]
      .filter(({ sagaId, answeredAt }) => answeredAt === null && sagaIds.includes(sagaId))
      .sort(byCommandId);

  return {
    async insertUndos(fresh, now) {
      for (const undo of fresh)
        if (undos.get(undo.commandId) === undefined)
          undos.put(undo.commandId, { ...undo, createdAt: now, noticedAt: null, answeredAt: null });
    },

    async lockWaitingUndos(sagaIds) {
      return waiting(sagaIds).map(({ sagaId, commandId, type, names, traceparent }) => ({
        sagaId,
        commandId,
        type,
        names,
        traceparent,
      }));
    },

    async recordAnswered(answered, now) {
      for (const { commandId } of answered) {
        const undo = undos.get(commandId);
        if (undo !== undefined) undos.put(commandId, { ...undo, answeredAt: now });
      }
    },

    async takeNotices(sagaIds, now, noticeBefore) {
      const due = waiting(sagaIds).filter(({ noticedAt }) => noticedAt === null || noticedAt <= noticeBefore);
      for (const undo of due) undos.put(undo.commandId, { ...undo, noticedAt: now });
      return due.map(({ sagaId, commandId, traceparent }) => ({ sagaId, commandId, traceparent }));
    },
  };
}

function byCommandId(a: IntentKey, b: IntentKey): number {
  return a.commandId < b.commandId ? -1 : 1;
}
