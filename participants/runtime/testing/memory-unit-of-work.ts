/** A participant's unit of work in memory, by the rules of the one on PostgreSQL, for the simulation and pure tests. */
import type { OpenWork, UnitOfWork } from '../unit-of-work.ts';
import { memoryInbox, type StoredCommand } from './memory-inbox.ts';
import { MemoryDataFault, MemoryTable, type Undoable } from './memory-table.ts';

/** A participant's store in memory, with its tables. */
export interface MemoryStore<Store, Tables extends Readonly<Record<string, Undoable>>> {
  readonly store: Store;
  readonly tables: Tables;
}

export interface MemoryUnitOfWork<Store, Tables> extends UnitOfWork<Store> {
  /** For tests to read; only transactions write them. */
  readonly tables: Tables & { readonly inbox: MemoryTable<StoredCommand> };
}

/**
 * Makes an empty unit of work. It runs one transaction at a time, so that a transaction must not wait for another one, a
 * message, a timer or a gateway.
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
