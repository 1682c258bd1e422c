/** A participant's unitOfWork in memory, for the simulation and pure tests: what PostgreSQL keeps, by the same rules. */
import type { OpenWork, UnitOfWork } from '../unit-of-work.ts';
import { memoryInbox, type StoredCommand } from './memory-inbox.ts';
import { MemoryDataFault, MemoryTable, type Undoable } from './memory-table.ts';

/** A participant's store in memory, and the tables it is made of. */
export interface MemoryStore<Store, Tables extends Readonly<Record<string, Undoable>>> {
  readonly store: Store;
  readonly tables: Tables;
}

export interface MemoryUnitOfWork<Store, Tables> extends UnitOfWork<Store> {
  /** The tables, to be looked at; only transactions write them. */
  readonly tables: Tables & { readonly inbox: MemoryTable<StoredCommand> };
}

/**
 * Empty unitOfWork. Transactions take turns, each from its begin to its end, so nothing a transaction does may wait for
 * another of the same unitOfWork, or for a message, a timer or a gateway.
 */
export function memoryUnitOfWork<Store, Tables extends Readonly<Record<string, Undoable>>>(
  own: MemoryStore<Store, Tables>,
): MemoryUnitOfWork<Store, Tables> {
  const tables = { ...own.tables, inbox: new MemoryTable<StoredCommand>() };
  const all: Undoable[] = Object.values(tables);
  const open: OpenWork<Store> = { inbox: memoryInbox(tables.inbox), store: own.store };
  let last: Promise<unknown> = Promise.resolve();

  function transaction<T>(work: (open: OpenWork<Store>) => Promise<T>): Promise<T> {
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
