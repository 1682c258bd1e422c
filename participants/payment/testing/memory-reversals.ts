/** The ledger of the money that went back, in memory: the verbs of `sql/reversals.ts`, by the same rules. */
import type { MemoryTable } from '#runtime/testing/memory-table.ts';
import { type Change, type NewIncident, type Reversal, replaces } from '../reversal.ts';
import type { PaymentStore, ReversalVerbs } from '../store.ts';
import type { StoredIntent } from './memory-intents.ts';
import type { StoredUndo } from './memory-undos.ts';

export interface StoredReversal
  extends Pick<Reversal, 'kind' | 'amount' | 'state' | 'status' | 'own' | 'id'> {
  readonly sagaId: string;
  readonly commandId: string;
  readonly seenAt: Date;
}

export interface StoredIncident extends NewIncident {
  readonly createdAt: Date;
  readonly publishedAt: Date | null;
}

export interface ReversalTables {
  /** By saga and the gateway's id. */
  readonly reversals: MemoryTable<StoredReversal>;
  /** By saga and cause. */
  readonly incidents: MemoryTable<StoredIncident>;
  readonly checkpoints: MemoryTable<Date>;
  readonly intents: MemoryTable<StoredIntent>;
  readonly undos: MemoryTable<StoredUndo>;
}

export function memoryReversals(tables: ReversalTables): Pick<PaymentStore, keyof ReversalVerbs> {
  const { reversals, incidents, checkpoints, intents, undos } = tables;
  return {
    async writeReversals(seen) {
      const changes: Change[] = [];
      for (const { sagaId, commandId, at, reversals: found } of seen)
        for (const { id, kind, amount, state, status, own } of found) {
          const key = `${sagaId}/${id}`;
          const known = reversals.get(key);
          if (known !== undefined && !replaces(known, { kind, state }, at)) continue;
          const row = { id, kind, amount, state, status, own: known?.own ?? own };
          reversals.put(key, { ...row, sagaId, commandId: known?.commandId ?? commandId, seenAt: at });
          if (known?.state !== state)
            changes.push({ sagaId, commandId, reversal: row, before: known?.state ?? null });
        }
      return changes.sort((a, b) =>
        `${a.sagaId}/${a.reversal.id}` < `${b.sagaId}/${b.reversal.id}` ? -1 : 1,
      );
    },

    async settledOf(charges) {
      const settled = new Map<string, number>();
      for (const { commandId, state, amount } of reversals.rows.values())
        if (state === 'settled' && charges.some((charge) => charge.commandId === commandId))
          settled.set(commandId, (settled.get(commandId) ?? 0) + amount);
      return settled;
    },

    async differing(listed) {
      return listed.filter(({ id, state, key }) => {
        if (key === null) return false;
        if (state !== null) return reversals.get(`${key.sagaId}/${id}`)?.state !== state;
        return (intents.get(key.commandId)?.outcome ?? 'declined') === 'declined';
      });
    },

    async lockCharge({ commandId }) {
      const intent = intents.get(commandId);
      if (intent === undefined) return null;
      const { gatewayId, amount, currency, outcome, goal, undoneAt } = intent;
      return { gatewayId, amount, currency, outcome, goal, undone: undoneAt !== null };
    },

    async reopenRefund({ sagaId, commandId }, refusal) {
      const intent = intents.get(commandId);
      if (intent !== undefined)
        intents.put(commandId, {
          ...intent,
          undoneAt: null,
          refundRefusal: refusal,
          keyNumber: intent.keyNumber + 1,
        });
      const answered = [...undos.rows.values()].filter(
        (undo) =>
          undo.sagaId === sagaId &&
          undo.type === 'payment.refund' &&
          undo.answeredAt !== null &&
          commandId in undo.names,
      );
      const latest = answered.sort(
        (a, b) => Number(b.createdAt) - Number(a.createdAt) || (a.commandId < b.commandId ? 1 : -1),
      )[0];
      return latest?.commandId ?? null;
    },

    async insertIncidents(fresh, now) {
      for (const one of fresh) {
        const key = `${one.sagaId}/${one.id}`;
        if (incidents.get(key) === undefined)
          incidents.put(key, { ...one, createdAt: now, publishedAt: null });
      }
    },

    async readUnpublished(max) {
      return [...incidents.rows.values()]
        .filter(({ publishedAt }) => publishedAt === null)
        .sort((a, b) => Number(a.createdAt) - Number(b.createdAt) || (a.id < b.id ? -1 : 1))
        .slice(0, max)
        .map(({ sagaId, id, commandId, code, text }) => {
          const { traceparent = null } = intents.get(commandId) ?? undos.get(commandId) ?? {};
          return { sagaId, id, commandId, code, text, traceparent };
        });
    },

    async recordPublished(published, now) {
      for (const { sagaId, id } of published) {
        const known = incidents.get(`${sagaId}/${id}`);
        if (known !== undefined) incidents.put(`${sagaId}/${id}`, { ...known, publishedAt: now });
      }
    },

    async readCheckpoint(name) {
      return checkpoints.get(name) ?? null;
    },

    async writeCheckpoint(name, comparedTo) {
      const known = checkpoints.get(name);
      checkpoints.put(name, known !== undefined && known > comparedTo ? known : comparedTo);
    },
  };
}
