/** A participant's books in memory, for the simulation and pure tests: what PostgreSQL keeps, by the same rules. */
import type { Books, OpenBooks } from '../unit-of-work.ts';
import { memoryInbox, type StoredCommand } from './memory-inbox.ts';
import { MemoryDataFault, MemoryTable, type Undoable } from './memory-table.ts';

/** A participant's store in memory, and the tables it is made of. */
export interface MemoryStore<Store, Tables extends Readonly<Record<string, Undoable>>> {
  readonly store: Store;
  readonly tables: Tables;
}

export interface MemoryBooks<Store, Tables> extends Books<Store> {
  /** The tables, to be looked at; only transactions write them. */
  readonly tables: Tables & { readonly inbox: MemoryTable<StoredCommand> };
}

/**
 * Empty books. Transactions take turns, each from its begin to its end, so nothing a transaction does may wait for
 * another of the same books, or for a message, a timer or a gateway.
 */
export function memoryBooks<Store, Tables extends Readonly<Record<string, Undoable>>>(
  own: MemoryStore<Store, Tables>,
): MemoryBooks<Store, Tables> {
  const tables = { ...own.tables, inbox: new MemoryTable<StoredCommand>() };
  const all: Undoable[] = Object.values(tables);
  const open: OpenBooks<Store> = { inbox: memoryInbox(tables.inbox), store: own.store };
  let last: Promise<unknown> = Promise.resolve();

  function transaction<T>(work: (open: OpenBooks<Store>) => Promise<T>): Promise<T> {
    const turn = last.then(async () => {
      try {
        const result = await work(open);
        for (const table of all) table.commit();
        return result;
      } catch (error) {
        for (const table of all) table.rollback();
        throw error;
      }
    });
    last = turn.catch(() => {});
    return turn;
  }

  return {
    tables,
    transaction,
    alone: (verb) => transaction(({ store }) => verb(store)),
    isDataFault: (error) => error instanceof MemoryDataFault,
  };
}
