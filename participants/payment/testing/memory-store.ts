/** Payment's tables in memory, by the rules of those on PostgreSQL. */

import { MemoryTable } from '#runtime/testing/memory-table.ts';
import type { MemoryStore } from '#runtime/testing/memory-unit-of-work.ts';
import type { PaceState } from '../pacing/reservations.ts';
import type { PaymentStore } from '../store.ts';
import { memoryIntents, type StoredIntent } from './memory-intents.ts';
import { memoryPace } from './memory-pace.ts';
import { memoryUndos, type StoredUndo } from './memory-undos.ts';

export type PaymentTables = {
  /** By the charge command's id. */
  readonly intents: MemoryTable<StoredIntent>;
  /** By the undo's id. */
  readonly undos: MemoryTable<StoredUndo>;
  /** By the gateway's name. */
  readonly paces: MemoryTable<PaceState>;
};

/** An empty store. */
export function memoryPaymentStore(): MemoryStore<PaymentStore, PaymentTables> {
  const intents = new MemoryTable<StoredIntent>();
  const undos = new MemoryTable<StoredUndo>();
  const paces = new MemoryTable<PaceState>();
  const store = { ...memoryIntents(intents), ...memoryUndos(undos), ...memoryPace(paces) };
  return { store, tables: { intents, undos, paces } };
}
