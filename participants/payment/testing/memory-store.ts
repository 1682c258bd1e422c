/** Payment's tables in memory, by the rules of those on PostgreSQL. */

import { MemoryTable } from '#runtime/testing/memory-table.ts';
import type { MemoryStore } from '#runtime/testing/memory-unit-of-work.ts';
import type { PaceState } from '../pacing/reservations.ts';
import type { PaymentStore } from '../store.ts';
import { memoryIntents, type StoredIntent } from './memory-intents.ts';
import { memoryPace } from './memory-pace.ts';
import { memoryReversals, type ReversalTables } from './memory-reversals.ts';
import { memoryUndos, type StoredUndo } from './memory-undos.ts';

export type PaymentTables = {
  /** By the charge command's id. */
  readonly intents: MemoryTable<StoredIntent>;
  /** By the undo's id. */
  readonly undos: MemoryTable<StoredUndo>;
  /** By the gateway's name. */
  readonly paces: MemoryTable<PaceState>;
} & { readonly [Name in keyof ReversalTables]: ReversalTables[Name] };

/** An empty store. */
export function memoryPaymentStore(): MemoryStore<PaymentStore, PaymentTables> {
  const tables: PaymentTables = {
    intents: new MemoryTable(),
    undos: new MemoryTable(),
    reversals: new MemoryTable(),
    incidents: new MemoryTable(),
    checkpoints: new MemoryTable(),
    paces: new MemoryTable(),
  };
  const { intents, undos, paces } = tables;
  return {
    store: {
      ...memoryIntents(intents),
      ...memoryUndos(undos),
      ...memoryReversals(tables),
      ...memoryPace(paces),
    },
    tables,
  };
}
