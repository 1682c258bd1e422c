/** The store in memory keeps the contract that PostgreSQL keeps. */

import type { Bench } from './bench.ts';
import { engineStoreContract } from './engine-store.contract.ts';
import { MemoryDataFault, memoryStore } from './memory-store.ts';
import { sweepStoreContract } from './sweep-store.contract.ts';

async function open(): Promise<Bench> {
  const store = memoryStore();
  const { sagas, journal, unmatched, actions } = store.tables;
  const saga = (id: string) => {
    const found = sagas.get(id);
    if (found === undefined) throw new Error(`there is no saga ${id}`);
    return found;
  };
  return {
    store,
    sweep: store,
    insertSaga: async (row, dueAt) => store.insertSaga(row, dueAt),
    insertAction: async (sagaId, data, dueAt) => store.insertAction(sagaId, data, new Date(0), dueAt),
    sweeping: async (id) => saga(id),
    journalled: async (id) => (journal.get(id) ?? []).map(({ messageId }) => messageId),
    unmatched: async (id) => [...(unmatched.get(id) ?? [])],
    action: async (id) => {
      const { state = 'unknown', detail = null } = actions.get(id) ?? {};
      return { state, detail };
    },
    isDataFault: (error) => error instanceof MemoryDataFault,
    close: async () => {},
  };
}

engineStoreContract('in memory', open);
sweepStoreContract('in memory', open);
