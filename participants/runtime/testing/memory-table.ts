/** A table in memory: rows by key, replaced whole and never changed in place, and what it takes to go back. */

/** What a transaction does to a table at its end. */
export interface Undoable {
  commit(): void;
  rollback(): void;
}

/** What was to be written is refused for its data, as PostgreSQL would. */
export class MemoryDataFault extends Error {}

export class MemoryTable<Row> implements Undoable {
  readonly #rows = new Map<string, Row>();
  /** What each changed key held before, in the order of the changes. */
  #before: Array<readonly [key: string, row: Row | undefined]> = [];

  /** The rows, in the order they were first written; to be looked at. */
  get rows(): ReadonlyMap<string, Row> {
    return this.#rows;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** Writes a row, new or in place of the one there is. */
  put(key: string, row: Row): void {
    this.#before.push([key, this.#rows.get(key)]);
    this.#rows.set(key, row);
  }

  /**
   * Writes a new row.
   * @throws MemoryDataFault when the key is taken
   */
  insert(key: string, row: Row): void {
    if (this.#rows.has(key)) throw new MemoryDataFault(`${key} is taken`);
    this.put(key, row);
  }

  /** Takes a row away. */
  remove(key: string): void {
    this.#before.push([key, this.#rows.get(key)]);
    this.#rows.delete(key);
  }

  commit(): void {
    this.#before = [];
  }

  rollback(): void {
    for (const [key, row] of this.#before.reverse()) {
      if (row === undefined) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
    this.#before = [];
  }
}
