/** The port to a participant's unitOfWork: its inbox and its own store, changed together or not at all. */
import type { Inbox } from './inbox.ts';

/** The unitOfWork as an open transaction sees them. */
export interface OpenWork<Store> {
  readonly inbox: Inbox;
  readonly store: Store;
}

/** @typeParam Store the verbs of the participant's own tables */
export interface UnitOfWork<Store> {
  /** Runs `work` in one transaction: its result once committed, or its error after everything was taken back. */
  transaction<T>(work: (open: OpenWork<Store>) => Promise<T>): Promise<T>;
  /** Runs one verb of the store that is a transaction by itself. */
  alone<T>(verb: (store: Store) => Promise<T>): Promise<T>;
  /** Whether an error lies in what was to be written; any other is circumstance, and tried again. */
  isDataFault(error: unknown): boolean;
}
