/** The port to a participant's tables: one transaction changes its inbox and its own store together. */
import type { Inbox } from './inbox.ts';

/** An open transaction. */
export interface OpenWork<Store> {
  readonly inbox: Inbox;
  readonly store: Store;
}

/** @typeParam Store the verbs of the participant's own tables */
export interface UnitOfWork<Store> {
  /** Runs `work` in one transaction: resolves once it is committed, rejects with its error once it is rolled back. */
  transaction<T>(work: (open: OpenWork<Store>) => Promise<T>): Promise<T>;
  /** Runs one verb of the store that is a transaction by itself. */
  alone<T>(verb: (store: Store) => Promise<T>): Promise<T>;
  /** Whether the database refused the data itself; any other error is transient. */
  isDataFault(error: unknown): boolean;
}
